import type { ReactNode } from 'react'
import { type Role, useMay } from './session'

interface Props {
  as: Role
  children: ReactNode
  /** What others see in its place. */
  otherwise?: ReactNode
}

/** What only some may press is shown to them alone; the service refuses it to the others anyway. */
export function May({ as: needed, children, otherwise = null }: Props) {
  return useMay(needed) ? children : otherwise
}
