import { Menu } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import type { Role } from '@/shared/session/session'
import { IconLock } from '@/shared/ui/icons'
import { More } from '@/shared/ui/More'
import { Question } from '@/shared/ui/Question'
import type { useRemoveRule } from './queries'

interface Props {
  name: string
  /** Who may change it. */
  as: Role
  /** The file that declares it, where it is then edited. */
  file: string | null | undefined
  /** What is asked before it is removed. */
  detail: string
  form: (onClose: () => void) => ReactNode
  remove: ReturnType<typeof useRemoveRule>
}

/** Change and remove, for what no file declares. */
export function RowActions({ name, as, file, detail, form, remove }: Props) {
  const { t } = useText()
  const [open, setOpen] = useState<'edit' | 'remove' | null>(null)
  const close = () => {
    setOpen(null)
    remove.reset()
  }
  if (file) {
    return (
      <span title={t.check.declared(file)} role="img" aria-label={t.check.declared(file)}>
        <IconLock size={16} />
      </span>
    )
  }
  return (
    <May as={as}>
      <More label={t.alerts.actionsFor(name)}>
        <Menu.Item onClick={() => setOpen('edit')}>{t.common.edit}</Menu.Item>
        <Menu.Item color="red" onClick={() => setOpen('remove')}>
          {t.common.remove}
        </Menu.Item>
      </More>
      {open === 'edit' && form(close)}
      <Question
        opened={open === 'remove'}
        onClose={close}
        title={t.alerts.removeQuestion(name)}
        yes={t.common.remove}
        onYes={() => remove.mutate(undefined, { onSuccess: close })}
        isPending={remove.isPending}
        error={remove.error}
        isGrave
      >
        <p>{detail}</p>
      </Question>
    </May>
  )
}
