import { Button, Popover } from '@mantine/core'
import { useState } from 'react'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { IconPause, IconPlay } from '@/shared/ui/icons'
import { StateShape } from '@/shared/ui/State'
import { useSchedulerSwitch } from './queries'
import classes from './SchedulerSwitch.module.css'

type Service = Schemas['ServiceCard']
const SHOWN = { running: 'up', paused: 'paused', nobody: 'down', unknown: 'unknown' } as const

/** How the scheduler stands, how much waits, and the one switch that stops and starts it. */
export function SchedulerSwitch({ service }: { service: Service }) {
  const { t } = useText()
  const { state, holder } = service.scheduler
  return (
    <div className={classes.scheduler}>
      <div className={classes.words}>
        <strong className={classes.title}>
          <StateShape state={SHOWN[state]} size={16} />
          {t.monitor.scheduler}
        </strong>
        <span title={holder ?? undefined}>{t.monitor.schedulerStates[state]}</span>
        {service.queue && (
          <span className="tabular">
            {t.monitor.queue(service.queue.running, service.queue.waiting)}
          </span>
        )}
      </div>
      <May as="operator">
        {state === 'paused' ? <Start /> : state === 'unknown' ? null : <Stop />}
      </May>
    </div>
  )
}

function Start() {
  const { t } = useText()
  const turn = useSchedulerSwitch()
  return (
    <Button
      leftSection={<IconPlay size={16} />}
      loading={turn.isPending}
      onClick={() => turn.mutate(true)}
    >
      {t.monitor.start}
    </Button>
  )
}

function Stop() {
  const { t } = useText()
  const [isAsking, setAsking] = useState(false)
  const turn = useSchedulerSwitch()
  const stop = () => {
    setAsking(false)
    turn.mutate(false)
  }
  return (
    <Popover opened={isAsking} onChange={setAsking} width={300} withArrow trapFocus shadow="md">
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconPause size={16} />}
          loading={turn.isPending}
          onClick={() => setAsking(!isAsking)}
        >
          {t.monitor.stop}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t.monitor.stopQuestion}>
        <strong>{t.monitor.stopQuestion}</strong>
        <p className={classes.detail}>{t.monitor.stopDetail}</p>
        <div className={classes.buttons}>
          <Button size="xs" variant="default" onClick={() => setAsking(false)}>
            {t.common.cancel}
          </Button>
          <Button size="xs" color="red.8" onClick={stop}>
            {t.monitor.stopYes}
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
