import { Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useText } from '@/shared/i18n'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { Panel } from '@/shared/ui/Panel'
import { Wide } from '@/shared/ui/Wide'
import { type Dispatch, dispatchQueries } from './queries'
import classes from './Rows.module.css'

/** The first rows that were delivered, as they stand in the target. */
export function Rows({ dispatch }: { dispatch: Dispatch }) {
  const { t, number } = useText()
  const hasRows = (dispatch.progress.rows_delivered ?? 0) > 0 && !dispatch.order.dry_run
  const rows = useQuery({
    ...dispatchQueries.rows(dispatch.id, dispatch.state),
    enabled: hasRows && dispatch.state === 'succeeded',
  })
  if (rows.isError) return <ErrorPanel error={rows.error} onRetry={() => void rows.refetch()} />
  const items = rows.data?.items ?? []
  if (items.length === 0) return null
  const names = Object.keys(items[0] ?? {})
  return (
    <Panel title={t.dispatches.firstRows} flush>
      <Wide label={t.dispatches.firstRows}>
        <Table verticalSpacing={4} horizontalSpacing="md" striped className={classes.rows}>
          <Table.Thead>
            <Table.Tr>
              {names.map((name) => (
                <Table.Th key={name}>{name}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((row, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of any table, which do not move
              <Table.Tr key={i}>
                {names.map((name) => (
                  <Table.Td key={name}>{shown(row[name], number)}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Wide>
    </Panel>
  )
}

function shown(value: unknown, number: (value: number, digits?: number) => string): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return number(value, 4)
  return value === null || value === undefined ? '' : String(value)
}
