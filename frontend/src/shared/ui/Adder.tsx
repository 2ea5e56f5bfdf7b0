import { Button } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { May } from '@/shared/session/May'
import type { Role } from '@/shared/session/session'
import { IconPlus } from './icons'

interface Props {
  label: string
  /** Who may. */
  as: Role
  size?: 'xs' | 'sm'
  form: (onClose: () => void) => ReactNode
}

/** The button that makes something new, and the form that it opens. */
export function Adder({ label, as, size = 'sm', form }: Props) {
  const [isOpen, setOpen] = useState(false)
  return (
    <May as={as}>
      <Button
        size={size}
        leftSection={<IconPlus size={size === 'xs' ? 14 : 16} />}
        onClick={() => setOpen(true)}
      >
        {label}
      </Button>
      {isOpen && form(() => setOpen(false))}
    </May>
  )
}
