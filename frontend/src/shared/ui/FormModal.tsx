import { Button, Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { useText } from '@/shared/i18n'
import { ErrorPanel } from './ErrorPanel'
import classes from './FormModal.module.css'

interface Props {
  opened: boolean
  onClose: () => void
  title: string
  children: ReactNode
  /** What the button says that sends it. */
  send: string
  onSend: () => void
  isPending: boolean
  error: unknown
  size?: 'md' | 'lg' | 'xl'
}

/** A form that lies over the page: filled in, sent, and closed; what was wrong is told in it. */
export function FormModal(props: Props) {
  const { opened, onClose, title, children, send, onSend, isPending, error, size = 'md' } = props
  const { t } = useText()
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size={size}
      title={<strong>{title}</strong>}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          onSend()
        }}
      >
        {children}
        {error ? <ErrorPanel error={error} /> : null}
        <div className={classes.buttons}>
          <Button variant="default" onClick={onClose}>
            {t.common.cancel}
          </Button>
          <Button type="submit" loading={isPending}>
            {send}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
