import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Page } from '@/shared/ui/Page'
import { ScheduleEditor } from './ScheduleEditor'

/** A new schedule. */
export function NewSchedulePage() {
  const { t } = useText()
  return (
    <Page title={t.schedules.new}>
      <May as="operator">
        <ScheduleEditor there={undefined} />
      </May>
    </Page>
  )
}
