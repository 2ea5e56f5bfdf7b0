import { Tabs } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { Page } from '@/shared/ui/Page'
import classes from './AlertsPage.module.css'
import { ChannelsTab } from './ChannelsTab'
import { HistoryTab } from './HistoryTab'
import { RulesTab } from './RulesTab'
import { WindowsTab } from './WindowsTab'

const route = getRouteApi('/alerts')
const TABS = { sent: HistoryTab, rules: RulesTab, channels: ChannelsTab, windows: WindowsTab }
type Tab = keyof typeof TABS

/** Who is told of what, where; what was sent and what waits; when nobody is told. */
export function AlertsPage() {
  const { t } = useText()
  const { tab = 'sent' } = route.useSearch()
  const navigate = route.useNavigate()
  const Shown = TABS[tab]
  return (
    <Page title={t.alerts.title}>
      <Tabs
        value={tab}
        onChange={(value) =>
          void navigate({ search: { tab: value === 'sent' ? undefined : (value as Tab) } })
        }
      >
        <Tabs.List className={classes.tabs}>
          {(Object.keys(TABS) as Tab[]).map((one) => (
            <Tabs.Tab key={one} value={one}>
              {t.alerts.tabs[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} className={classes.panel}>
          <Shown />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}
