import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Page } from '@/shared/ui/Page'
import { ScheduleForm } from './ScheduleForm'

/** A new schedule. */
export function NewSchedulePage() {
  const { t } = useText()
  return (
    <Page title={t.schedules.new}>
      <May as="operator">
        <ScheduleForm there={undefined} />
      </May>
    </Page>
  )
}
