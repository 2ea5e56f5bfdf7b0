import { NumberInput, Select } from '@mantine/core'
import type { Scalar, Version } from './types'

interface Props {
  version: Version | undefined
  value: Scalar
  onChange: (value: Scalar) => void
  label: string
  description: string
  placeholder?: string
  disabled?: boolean
}

/** What is true of a case: one of the classes, or a number; nothing, where answers are several. */
export function TruthInput({ version, value, onChange, ...words }: Props) {
  const outputs = version?.signature.outputs
  const classes = outputs?.classes ?? []
  if (classes.length > 0) {
    return (
      <Select
        {...words}
        data={classes.map(String)}
        value={value === null ? null : String(value)}
        searchable={classes.length > 8}
        clearable
        // A class may be a number or true: it is sent as what it is.
        onChange={(text) => onChange(classes.find((one) => String(one) === text) ?? null)}
      />
    )
  }
  if (outputs?.task !== 'regression' || outputs.values > 1) return null
  return (
    <NumberInput
      {...words}
      value={typeof value === 'number' ? value : ''}
      onChange={(one) => onChange(typeof one === 'number' ? one : null)}
    />
  )
}
