import { NumberInput, Select, Slider, Switch, TextInput } from '@mantine/core'
import { useText } from '@/shared/i18n'
import classes from './CaseForm.module.css'
import type { Case, Input, Scalar } from './types'

interface Props {
  inputs: readonly Input[]
  value: Case
  faults: Record<string, string>
  onChange: (value: Case) => void
}

/** A form made of a signature: choices for categories, ranges for numbers. */
export function CaseForm({ inputs, value, faults, onChange }: Props) {
  return (
    <form className={classes.form} onSubmit={(event) => event.preventDefault()}>
      {inputs.map((input) => (
        <Field
          key={input.name}
          input={input}
          value={value[input.name] ?? null}
          fault={faults[input.name]}
          onChange={(one) => onChange({ ...value, [input.name]: one })}
        />
      ))}
    </form>
  )
}

interface FieldProps {
  input: Input
  value: Scalar
  fault: string | undefined
  onChange: (value: Scalar) => void
}

function Field({ input, value, fault, onChange }: FieldProps) {
  const shared = { label: input.name, error: fault, withAsterisk: !input.nullable }
  if (input.categories?.length) {
    return (
      <Select
        {...shared}
        data={[...input.categories]}
        value={value === null ? null : String(value)}
        searchable
        clearable={input.nullable}
        allowDeselect={input.nullable}
        limit={200}
        onChange={onChange}
      />
    )
  }
  switch (input.type) {
    case 'integer':
    case 'number':
      return <NumberField input={input} value={value} fault={fault} onChange={onChange} />
    case 'boolean':
      return (
        <Switch
          label={input.name}
          error={fault}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      )
    case 'timestamp':
      return (
        <TextInput
          {...shared}
          type="datetime-local"
          step={1}
          value={String(value ?? '')}
          onChange={(event) => onChange(event.currentTarget.value || null)}
        />
      )
    default:
      return (
        <TextInput
          {...shared}
          value={String(value ?? '')}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )
  }
}

function NumberField({ input, value, fault, onChange }: FieldProps) {
  const { t, number, digits } = useText()
  const { minimum, maximum, name, type, nullable } = input
  const written = type === 'integer' ? number : digits
  const hasRange = typeof minimum === 'number' && typeof maximum === 'number' && minimum < maximum
  const range = hasRange ? t.showroom.range(written(minimum), written(maximum)) : null
  return (
    <div>
      <NumberInput
        label={name}
        description={range}
        error={fault}
        withAsterisk={!nullable}
        allowDecimal={type !== 'integer'}
        value={typeof value === 'number' ? value : ''}
        onChange={(one) => onChange(typeof one === 'number' ? one : null)}
      />
      {hasRange && (
        <Slider
          className={classes.slider}
          thumbLabel={name}
          label={null}
          size="sm"
          min={minimum}
          max={maximum}
          step={type === 'integer' ? 1 : (maximum - minimum) / 200}
          value={typeof value === 'number' ? value : minimum}
          onChange={(one) => onChange(type === 'integer' ? one : Number(one.toPrecision(6)))}
        />
      )}
    </div>
  )
}
