import { Select, type SelectProps } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './Choices.module.css'

/** What narrows a list, beside its heading. */
export function Choices({ children }: { children: ReactNode }) {
  return <div className={classes.choices}>{children}</div>
}

interface Props<Value extends string> {
  label: string
  data: SelectProps['data']
  value: Value | undefined
  onChange: (value: Value | undefined) => void
  searchable?: boolean
}

/** One of them: a choice that can be left open. */
export function ChoiceOf<Value extends string>({ label, value, onChange, ...more }: Props<Value>) {
  return (
    <Select
      size="xs"
      aria-label={label}
      placeholder={label}
      value={value ?? null}
      clearable
      onChange={(chosen) => onChange((chosen ?? undefined) as Value | undefined)}
      {...more}
    />
  )
}
