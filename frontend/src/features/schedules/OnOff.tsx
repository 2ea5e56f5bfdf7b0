import { Switch } from '@mantine/core'
import type { useScheduleSwitch } from '@/features/monitor/queries'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'

interface Props {
  name: string
  isPaused: boolean
  turn: ReturnType<typeof useScheduleSwitch>
}

/** The switch of a schedule. */
export function OnOff({ name, isPaused, turn }: Props) {
  const { t } = useText()
  return (
    <May as="operator">
      <Switch
        checked={!isPaused}
        aria-label={t.monitor.switchSchedule(name)}
        onChange={(event) => turn.mutate(event.currentTarget.checked)}
      />
    </May>
  )
}
