import { Button, Skeleton, Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { Page } from '@/shared/ui/Page'
import { Panel } from '@/shared/ui/Panel'
import { Compare } from './Compare'
import { Drift } from './Drift'
import { ModelHistory } from './ModelHistory'
import classes from './ModelPage.module.css'
import { Performance } from './Performance'
import { PromoteModal, type Promotion } from './PromoteModal'
import { modelQueries, type Version } from './queries'
import { SignatureTable } from './SignatureTable'
import { livesOf, previousOf, registrarsOf } from './story'
import { UploadModal } from './UploadModal'
import { VersionList } from './VersionList'

const route = getRouteApi('/models/$name')
const TABS = ['versions', 'compare', 'drift', 'performance'] as const
type Tab = (typeof TABS)[number]

/** One model: its versions and which is live, what it is asked, how good it is. */
export function ModelPage() {
  const { t } = useText()
  const { name } = route.useParams()
  const { tab = 'versions' } = route.useSearch()
  const navigate = route.useNavigate()
  const versions = useQuery(modelQueries.versions(name))
  const [promotion, setPromotion] = useState<Promotion | null>(null)
  const items = versions.data?.items
  const open = (value: string | null) =>
    void navigate({ search: { tab: value === 'versions' ? undefined : (value as Tab) } })
  return (
    <Page title={name} side={<Actions name={name} versions={items} onPromote={setPromotion} />}>
      {versions.isPending && <Skeleton height={240} radius="lg" />}
      {versions.isError && !versions.data && (
        <ErrorPanel error={versions.error} onRetry={() => void versions.refetch()} />
      )}
      {items && (
        <Tabs value={tab} onChange={open} keepMounted={false}>
          <Tabs.List className={classes.tabs}>
            {TABS.map((one) => (
              <Tabs.Tab key={one} value={one}>
                {t.models.tabs[one]}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value={tab} className={classes.part}>
            {tab === 'versions' && (
              <Versions name={name} versions={items} onPromote={setPromotion} />
            )}
            {tab === 'compare' && <Compare versions={items} />}
            {tab === 'drift' && <Drift versions={items} />}
            {tab === 'performance' && <Performance />}
          </Tabs.Panel>
        </Tabs>
      )}
      <PromoteModal model={name} promotion={promotion} onClose={() => setPromotion(null)} />
    </Page>
  )
}

interface ActionsProps {
  name: string
  versions: readonly Version[] | undefined
  onPromote: (promotion: Promotion) => void
}

function Actions({ name, versions = [], onPromote }: ActionsProps) {
  const { t } = useText()
  const events = useQuery(modelQueries.events(name))
  const [isUploading, setUploading] = useState(false)
  const live = versions.find((one) => one.live)?.number
  const previous = previousOf(events.data?.items ?? [], live)
  const isThere = versions.some((one) => one.number === previous && one.state !== 'retired')
  return (
    <>
      <Button
        variant="default"
        renderRoot={(props) => <Link to="/showroom" search={{ model: name }} {...props} />}
      >
        {t.models.try}
      </Button>
      <May as="admin">
        {previous !== undefined && isThere && (
          <Button variant="default" onClick={() => onPromote({ number: previous, isBack: true })}>
            {t.models.backTo(previous)}
          </Button>
        )}
        <Button onClick={() => setUploading(true)}>{t.models.newVersion}</Button>
        <UploadModal model={name} isOpen={isUploading} onClose={() => setUploading(false)} />
      </May>
    </>
  )
}

function Versions({ name, versions = [], onPromote }: ActionsProps) {
  const { t } = useText()
  const events = useQuery(modelQueries.events(name))
  const model = useQuery(modelQueries.one(name))
  const performance = useQuery(modelQueries.performance(name, undefined))
  const told = events.data?.items ?? []
  const shown = versions.find((one) => one.live) ?? versions[0]
  return (
    <>
      <Panel title={t.models.versions(versions.length)} flush>
        <VersionList
          versions={versions}
          load={model.data?.load}
          figures={performance.data?.versions ?? []}
          registrars={registrarsOf(told)}
          lives={livesOf(told)}
          onPromote={onPromote}
        />
      </Panel>
      {shown && (
        <Panel title={t.models.signature(shown.number)} flush>
          <SignatureTable inputs={shown.signature.inputs} />
        </Panel>
      )}
      <ModelHistory events={told} />
    </>
  )
}
