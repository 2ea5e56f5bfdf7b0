import { Button, Modal } from '@mantine/core'
import { useText } from '@/shared/i18n'
import { type StoredCase, useRemoveCase } from './cases'
import classes from './KeepCase.module.css'

/** Asks whether a case is to go. */
export function RemoveCase({
  stored,
  onClose,
}: {
  stored: StoredCase | null
  onClose: () => void
}) {
  const { t } = useText()
  const remove = useRemoveCase(stored?.model ?? '')
  return (
    <Modal
      opened={stored !== null}
      onClose={onClose}
      title={<strong>{t.showroom.removeQuestion}</strong>}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      <p>{stored?.title || `#${stored?.id}`}</p>
      <div className={classes.buttons}>
        <Button variant="default" onClick={onClose}>
          {t.common.cancel}
        </Button>
        <Button
          color="red.8"
          loading={remove.isPending}
          onClick={() => stored && remove.mutate(stored, { onSettled: onClose })}
        >
          {t.showroom.removeCase}
        </Button>
      </div>
    </Modal>
  )
}
