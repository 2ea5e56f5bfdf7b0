import { useQuery } from '@tanstack/react-query'
import { useMonitor } from '@/features/monitor/useMonitor'
import { useText } from '@/shared/i18n'
import { secondsOfIso } from '@/shared/time/span'
import { Adder } from '@/shared/ui/Adder'
import { IconCalendar } from '@/shared/ui/icons'
import { ListPanel } from '@/shared/ui/ListPanel'
import { Named } from '@/shared/ui/Named'
import { Records } from '@/shared/ui/Records'
import classes from './AlertsPage.module.css'
import { alertQueries, type Maintenance, type StoredWindow, useRemoveWindow } from './queries'
import { RowActions } from './RowActions'
import { WindowForm } from './WindowForm'

/** When checks are looked at, and nobody is told. */
export function WindowsTab() {
  const { t } = useText()
  return (
    <ListPanel
      query={useQuery(alertQueries.windows())}
      title={t.alerts.windowsTitle}
      side={
        <Adder
          label={t.alerts.newWindow}
          as="operator"
          size="xs"
          form={(close) => <WindowForm there={undefined} onClose={close} />}
        />
      }
      empty={{
        icon: <IconCalendar size={32} />,
        title: t.alerts.noWindows,
        detail: t.alerts.noWindowsDetail,
      }}
    >
      {(items) => <WindowList windows={items} />}
    </ListPanel>
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
        cell: ({ name, spec, fault }) => <Named name={name} about={fault ?? spec?.description} />,
      }}
      columns={[
        {
          name: t.alerts.when,
          cell: (window) => window.spec && <When {...window} spec={window.spec} />,
        },
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

function When({ spec, ...window }: StoredWindow & { spec: Maintenance }) {
  const { t, interval, told } = useText()
  const { starts, ends, duration, timezone } = spec
  const seconds = secondsOfIso(duration ?? '')
  const begins = told(window)
  return (
    <span className={classes.lines}>
      {begins
        ? t.alerts.again(begins, seconds === null ? (duration ?? '') : interval(seconds))
        : t.alerts.once(starts ?? '', ends ?? '')}
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
