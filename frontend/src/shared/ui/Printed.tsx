import type { ComponentProps } from 'react'
import classes from './Printed.module.css'

/** Text as a program writes it; it scrolls, by the keyboard too. */
export function Printed({ isWrapped, className = '', ...props }: Props) {
  const wrapped = isWrapped ? classes.wrapped : ''
  return (
    <pre
      className={`${classes.printed} ${wrapped} ${className}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
      {...props}
    />
  )
}

interface Props extends ComponentProps<'pre'> {
  /** Whether long lines go on in the next one. */
  isWrapped?: boolean
}
