import { Button, Modal } from '@mantine/core'
import { useText } from '@/shared/i18n'
import { Moment } from '@/shared/time/Moment'
import { Secret } from '@/shared/ui/Secret'
import classes from './LinkShown.module.css'
import type { Reset } from './queries'

interface Props {
  name: string
  link: Reset
  onClose: () => void
}

/** A one-time link, which is shown once: for the admin to hand on. */
export function LinkShown({ name, link, onClose }: Props) {
  const { t } = useText()
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      size="lg"
      title={<strong>{t.users.linkFor(name)}</strong>}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      <div className={classes.link}>
        <p>{t.users.linkDetail}</p>
        <Secret value={link.url} label={t.users.link} />
        <p className={classes.dim}>
          {t.users.linkEnds} <Moment at={link.ends_at} />
        </p>
        <Button variant="default" className={classes.done} onClick={onClose}>
          {t.common.done}
        </Button>
      </div>
    </Modal>
  )
}
