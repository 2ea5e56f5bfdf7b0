import { Button, Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { useText } from '@/shared/i18n'
import { ErrorPanel } from './ErrorPanel'
import classes from './Question.module.css'

interface Props {
  opened: boolean
  onClose: () => void
  title: string
  /** What will happen. */
  children?: ReactNode
  /** What the button says that does it. */
  yes: string
  onYes: () => void
  isPending?: boolean
  error?: unknown
  /** Whether what it does cannot be taken back. */
  isGrave?: boolean
}

/** Asks before something is done, and tells why it could not be. */
export function Question(props: Props) {
  const { opened, onClose, title, children, yes, onYes, isPending, error, isGrave } = props
  const { t } = useText()
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<strong>{title}</strong>}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      <div className={classes.question}>
        {children && <div className={classes.detail}>{children}</div>}
        {error ? <ErrorPanel error={error} /> : null}
        <div className={classes.buttons}>
          <Button variant="default" onClick={onClose}>
            {t.common.cancel}
          </Button>
          <Button color={isGrave ? 'red.8' : undefined} loading={isPending} onClick={onYes}>
            {yes}
          </Button>
        </div>
      </div>
    </Modal>
  )
}
