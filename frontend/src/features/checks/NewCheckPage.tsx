import { useText } from '@/shared/i18n'
import { ForRole } from '@/shared/session/ForRole'
import { Page } from '@/shared/ui/Page'
import { CheckForm } from './CheckForm'

/** A new check. */
export function NewCheckPage() {
  const { t } = useText()
  return (
    <ForRole as="operator" title={t.checks.new}>
      <Page title={t.checks.new}>
        <CheckForm there={undefined} />
      </Page>
    </ForRole>
  )
}
