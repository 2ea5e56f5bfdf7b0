import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useText } from '@/shared/i18n'
import { Empty } from '@/shared/ui/Empty'
import { ShapeDiamond, ShapeOctagon } from '@/shared/ui/icons'
import { Page } from '@/shared/ui/Page'

/** What stands at an address that names nothing. */
export function Missing() {
  const { t } = useText()
  return (
    <Page title={t.errors.notFound}>
      <Empty
        icon={<ShapeDiamond size={32} />}
        title={t.errors.notFound}
        detail={t.errors.notFoundDetail}
      >
        <Button renderRoot={(props) => <Link to="/" {...props} />}>{t.errors.home}</Button>
      </Empty>
    </Page>
  )
}

/** What stands where a part of the page failed. */
export function Broken({ message }: { message: string }) {
  const { t } = useText()
  return (
    <Page title={t.errors.broken}>
      <Empty
        icon={<ShapeOctagon size={32} />}
        title={t.errors.broken}
        detail={t.errors.brokenDetail}
        command={message}
      >
        <Button onClick={() => window.location.reload()}>{t.errors.reload}</Button>
      </Empty>
    </Page>
  )
}
