import { Table } from '@mantine/core'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import classes from './SignatureTable.module.css'

const MOST_NAMED = 8

/** What a version takes: names, types, what the sample held. */
export function SignatureTable({ inputs }: { inputs: readonly Schemas['InputField'][] }) {
  const { t, number } = useText()
  const range = ({ minimum, maximum, categories, type }: Schemas['InputField']): string => {
    if (categories?.length) {
      const named = categories.slice(0, MOST_NAMED).join(', ')
      return categories.length > MOST_NAMED ? `${named} … (${categories.length})` : named
    }
    const digits = type === 'integer' ? 0 : 2
    if (typeof minimum !== 'number' || typeof maximum !== 'number') return ''
    return `${number(minimum, digits)} – ${number(maximum, digits)}`
  }
  return (
    <Table verticalSpacing={6} horizontalSpacing="md" className={classes.table}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t.models.input}</Table.Th>
          <Table.Th>{t.models.type}</Table.Th>
          <Table.Th>{t.models.values}</Table.Th>
          <Table.Th>{t.models.mayBeMissing}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {inputs.map((input) => (
          <Table.Tr key={input.name}>
            <Table.Td className={classes.name}>{input.name}</Table.Td>
            <Table.Td>{t.models.types[input.type]}</Table.Td>
            <Table.Td className={classes.values}>{range(input)}</Table.Td>
            <Table.Td className={classes.gaps}>
              {input.nullable && (
                <>
                  <span aria-hidden>✓</span>
                  <span className={classes.words}>{t.models.mayBeMissing}</span>
                </>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
