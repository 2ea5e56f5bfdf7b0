import { SegmentedControl, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { ForRole } from '@/shared/session/ForRole'
import { Empty } from '@/shared/ui/Empty'
import { IconSearch, IconSliders } from '@/shared/ui/icons'
import { Loaded } from '@/shared/ui/Loaded'
import { Page } from '@/shared/ui/Page'
import { Panel } from '@/shared/ui/Panel'
import { useSearchChange } from '@/shared/useSearchChange'
import { type Comments, commentsQuery, type Section, type Setting, settingsQuery } from './queries'
import classes from './SettingsPage.module.css'

const route = getRouteApi('/settings')

/** The settings that hold, without secrets, each with where it comes from. */
export function SettingsPage() {
  const { t } = useText()
  return (
    <ForRole as="admin" title={t.settings.title}>
      <Shown />
    </ForRole>
  )
}

function fits({ name, about, value }: Setting, comments: Comments, text: string): boolean {
  return `${name} ${comments[about] ?? about} ${written(value)}`
    .toLowerCase()
    .includes(text.toLowerCase())
}

function Shown() {
  const { t, language } = useText()
  const { text = '', show } = route.useSearch()
  const found = useQuery(settingsQuery)
  const { data: comments } = useQuery(commentsQuery(language))
  return (
    <Page title={t.settings.title} side={<Tools />}>
      <Loaded query={found} height={480}>
        {({ file, sections }) => {
          const shown = sections
            .map((section) => ({
              ...section,
              settings: section.settings.filter(
                (one) =>
                  fits(one, comments ?? {}, text) && (show !== 'set' || one.origin !== 'default'),
              ),
            }))
            .filter(({ settings }) => settings.length > 0)
          return (
            <>
              <p className={classes.note}>{t.settings.note(file)}</p>
              {shown.length === 0 && (
                <Empty icon={<IconSliders size={32} />} title={t.nav.nothingFound} />
              )}
              {shown.map((section) => (
                <SectionPanel key={section.name} section={section} comments={comments ?? {}} />
              ))}
            </>
          )
        }}
      </Loaded>
    </Page>
  )
}

function Tools() {
  const { t } = useText()
  const { text = '', show } = route.useSearch()
  const change = useSearchChange<{ text?: string; show?: 'set' }>()
  return (
    <>
      <SegmentedControl
        size="sm"
        aria-label={t.settings.show}
        value={show ?? 'all'}
        onChange={(value) => change({ show: value === 'set' ? value : undefined })}
        data={[
          { value: 'all', label: t.common.all },
          { value: 'set', label: t.settings.onlySet },
        ]}
      />
      <TextInput
        leftSection={<IconSearch size={16} />}
        placeholder={t.nav.search}
        aria-label={t.nav.search}
        value={text}
        onChange={(event) => change({ text: event.currentTarget.value || undefined })}
      />
    </>
  )
}

function SectionPanel({ section, comments }: { section: Section; comments: Comments }) {
  return (
    <Panel title={section.name.replaceAll('_', ' ')} flush>
      <dl className={classes.settings}>
        {section.settings.map((one) => (
          <SettingRow key={one.name} setting={one} comment={comments[one.about]} />
        ))}
      </dl>
    </Panel>
  )
}

function SettingRow({ setting, comment }: { setting: Setting; comment: string | undefined }) {
  const { t } = useText()
  const { name, value, origin, about } = setting
  const isSet = origin !== 'default'
  return (
    <div className={classes.setting}>
      <dt>
        <code>{name}</code>
        <span className={classes.about} lang={comment ? undefined : 'en'}>
          {comment ?? about}
        </span>
      </dt>
      <dd>
        <code className={isSet ? classes.set : undefined}>{written(value) || '–'}</code>
        <span className={classes.origin} data-tone={isSet ? 'busy' : 'idle'}>
          {t.settings.origins[origin]}
        </span>
        {isSet && (
          <span className={classes.about}>
            {t.settings.byDefault(written(setting.default) || '–')}
          </span>
        )}
      </dd>
    </div>
  )
}

/** Return a value as the file of settings would have it. */
function written(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? listed(value) : String(value)
}

function listed(value: object): string {
  return Array.isArray(value) ? value.map(written).join(', ') : JSON.stringify(value)
}
