import { useMantineColorScheme } from '@mantine/core'
import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight'
import { useNavigate } from '@tanstack/react-router'
import { allChecks } from '@/features/monitor/document'
import { useMonitor } from '@/features/monitor/useMonitor'
import { LANGUAGES, type Language, useText } from '@/shared/i18n'
import { useWhatOneMay } from '@/shared/session/session'
import { IconCalendar, IconGlobe, IconMoon, IconSearch, IconSun } from '@/shared/ui/icons'
import { StateShape } from '@/shared/ui/State'
import { GROUPS, type PageLink, PROFILE } from './pages'

const MOST_SHOWN = 12

/** Search and commands, by `/` or Ctrl+K: the pages, the checks, what one can do anywhere. */
export function Commands() {
  const { t } = useText()
  return (
    <Spotlight
      actions={useGroups()}
      shortcut={['/', 'mod + K']}
      nothingFound={t.nav.nothingFound}
      limit={MOST_SHOWN}
      highlightQuery
      scrollable
      maxHeight="min(70dvh, 32rem)"
      lockScroll={false}
      searchProps={{
        leftSection: <IconSearch />,
        placeholder: t.nav.searchHint,
        'aria-label': t.nav.searchHint,
      }}
    />
  )
}

function useGroups(): SpotlightActionGroupData[] {
  const { t } = useText()
  const navigate = useNavigate()
  return [
    {
      group: t.nav.goTo,
      actions: usePages().map(({ to, name, icon: Icon }) => ({
        id: `page ${to}`,
        label: name(t),
        leftSection: <Icon />,
        onClick: () => void navigate({ to }),
      })),
    },
    { group: t.nav.schedules, actions: useSchedules() },
    { group: t.nav.checks, actions: useChecks() },
    { group: t.nav.commands, actions: usePreferences() },
  ]
}

/** The pages that are offered to who is logged in. */
function usePages(): PageLink[] {
  const may = useWhatOneMay()
  return [...GROUPS.filter(({ role }) => may(role)).flatMap(({ pages }) => pages), PROFILE]
}

function useSchedules() {
  const navigate = useNavigate()
  const { document } = useMonitor()
  const { told } = useText()
  return (document?.schedules ?? []).map(({ name, description, ...rest }) => ({
    id: `schedule ${name}`,
    label: name,
    description: description || told(rest) || '',
    leftSection: <IconCalendar />,
    onClick: () => void navigate({ to: '/schedules/$name', params: { name } }),
  }))
}

function useChecks() {
  const navigate = useNavigate()
  const { document } = useMonitor()
  return allChecks(document ?? { checks: {} }).map((card) => ({
    id: `check ${card.name}`,
    label: card.name,
    description: card.description || card.detail,
    leftSection: <StateShape state={card.state} />,
    onClick: () => void navigate({ to: '/', search: { check: card.name } }),
  }))
}

function usePreferences() {
  const { t, language, setLanguage } = useText()
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true })
  const other = colorScheme === 'dark' ? 'light' : 'dark'
  return [
    {
      id: 'colours',
      label: `${t.nav.theme}: ${t.nav[other]}`,
      leftSection: other === 'dark' ? <IconMoon /> : <IconSun />,
      onClick: () => setColorScheme(other),
    },
    ...Object.entries(LANGUAGES)
      .filter(([code]) => code !== language)
      .map(([code, name]) => ({
        id: `language ${code}`,
        label: `${t.nav.language}: ${name}`,
        leftSection: <IconGlobe />,
        onClick: () => setLanguage(code as Language),
      })),
  ]
}
