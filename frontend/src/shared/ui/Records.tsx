import type { ReactNode } from 'react'
import { useText } from '@/shared/i18n'
import classes from './Records.module.css'

export interface Column<Item> {
  name: string
  cell: (item: Item) => ReactNode
  /** Numbers and moments stand at the right, below each other. */
  isEnd?: boolean
}

interface Props<Item> {
  label: string
  items: readonly Item[]
  keyOf: (item: Item) => string | number
  /** What a line is called by; it stands first, and is a phone's heading of it. */
  title: Column<Item>
  columns: readonly Column<Item>[]
  /** What can be done with it. */
  actions?: (item: Item) => ReactNode
}

/** Things of one kind, a line each; on a phone a card each. */
export function Records<Item>({ label, items, keyOf, title, columns, actions }: Props<Item>) {
  const { t } = useText()
  return (
    <table className={classes.records} aria-label={label}>
      <thead>
        <tr>
          {[title, ...columns].map((one) => (
            <th key={one.name} scope="col" data-end={one.isEnd || undefined}>
              {one.name}
            </th>
          ))}
          {actions && (
            <th scope="col">
              <span className="visually-hidden">{t.common.actions}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={keyOf(item)}>
            <th scope="row">{title.cell(item)}</th>
            {columns.map((one) => (
              <td key={one.name} data-name={one.name} data-end={one.isEnd || undefined}>
                {one.cell(item)}
              </td>
            ))}
            {actions && <td className={classes.actions}>{actions(item)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
