import { Table } from '@mantine/core'
import { Wide } from '@/shared/ui/Wide'

export interface TableData {
  head: readonly string[]
  rows: readonly (readonly string[])[]
}

/** Numbers in rows; the first cell of each names it. */
export function DataTable({ caption, head, rows }: TableData & { caption: string }) {
  return (
    <Wide label={caption} isLow>
      <Table stickyHeader verticalSpacing={4} className="tabular">
        <Table.Thead>
          <Table.Tr>
            {head.map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([name, ...cells], n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two may have one name
            <Table.Tr key={n}>
              <Table.Td>{name}</Table.Td>
              {cells.map((cell, i) => (
                <Table.Td key={head[i + 1]}>{cell}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
  )
}
