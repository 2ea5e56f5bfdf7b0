import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useMonitor } from '@/features/monitor/useMonitor'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Empty } from '@/shared/ui/Empty'
import { IconCalendar, IconPlus } from '@/shared/ui/icons'
import { Loaded } from '@/shared/ui/Loaded'
import { Panel } from '@/shared/ui/Panel'
import { Records } from '@/shared/ui/Records'
import classes from './AlertsPage.module.css'
import { alertQueries, type Maintenance, type StoredWindow, useRemoveWindow } from './queries'
import { RowActions } from './RowActions'
import { WindowForm } from './WindowForm'

/** When checks are looked at, and nobody is told. */
export function WindowsTab() {
  const { t } = useText()
  const [isAdding, setAdding] = useState(false)
  const windows = useQuery(alertQueries.windows())
  const add = (
    <May as="operator">
      <Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>
        {t.alerts.newWindow}
      </Button>
    </May>
  )
  return (
    <Loaded query={windows}>
      {({ items }) => (
        <Panel title={t.alerts.windowsTitle} side={add} flush>
          {items.length > 0 ? (
            <WindowList windows={items} />
          ) : (
            <Empty
              icon={<IconCalendar size={32} />}
              title={t.alerts.noWindows}
              detail={t.alerts.noWindowsDetail}
            />
          )}
          {isAdding && <WindowForm there={undefined} onClose={() => setAdding(false)} />}
        </Panel>
      )}
    </Loaded>
  )
}

function WindowList({ windows }: { windows: readonly StoredWindow[] }) {
  const { t } = useText()
  const open = useMonitor().document?.windows ?? []
  return (
    <Records
      label={t.alerts.tabs.windows}
      items={windows}
      keyOf={(window) => window.name}
      title={{
        name: t.common.name,
        cell: ({ name, spec, fault }) => (
          <span className={classes.lines}>
            {name}
            <span className={classes.dim}>{fault ?? spec?.description}</span>
          </span>
        ),
      }}
      columns={[
        { name: t.alerts.when, cell: ({ spec }) => spec && <When window={spec} /> },
        {
          name: t.alerts.checks,
          cell: ({ spec }) => spec && (spec.checks.join(', ') || t.common.all),
        },
        {
          name: t.alerts.now,
          cell: ({ name }) => (open.includes(name) ? t.alerts.open : ''),
        },
      ]}
      actions={(window) => <Actions window={window} />}
    />
  )
}

function When({ window: { starts, ends, cron, duration, timezone } }: { window: Maintenance }) {
  const { t } = useText()
  const words = cron
    ? t.alerts.again(cron, duration ?? '')
    : t.alerts.once(starts ?? '', ends ?? '')
  return (
    <span className={classes.lines}>
      {words}
      <span className={classes.dim}>{timezone}</span>
    </span>
  )
}

function Actions({ window }: { window: StoredWindow }) {
  const { t } = useText()
  return (
    <RowActions
      name={window.name}
      as="operator"
      file={window.declared_in}
      detail={t.alerts.removeWindow}
      form={(close) => <WindowForm there={window} onClose={close} />}
      remove={useRemoveWindow(window)}
    />
  )
}
