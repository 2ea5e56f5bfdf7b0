import { Table } from '@mantine/core'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Wide } from '@/shared/ui/Wide'

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
    <Wide label={t.models.inputs}>
      <Table verticalSpacing={6} horizontalSpacing="md">
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
              <Table.Td>{input.name}</Table.Td>
              <Table.Td>{input.type}</Table.Td>
              <Table.Td>{range(input)}</Table.Td>
              <Table.Td>{input.nullable ? '✓' : ''}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
  )
}
