import { useText } from '@/shared/i18n'
import { Wide } from '@/shared/ui/Wide'
import classes from './Changes.module.css'

type Fields = Record<string, unknown>

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function shown(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What was before and what is after, field by field; nothing where nothing is told. */
export function Changes({ before, after }: { before: unknown; after: unknown }) {
  const { t } = useText()
  const [old, now] = [fields(before), fields(after)]
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])]
  if (names.length === 0) return null
  return (
    <Wide label={t.audit.changes}>
      <table className={classes.changes}>
        <thead>
          <tr>
            <th scope="col">{t.audit.field}</th>
            <th scope="col">{t.audit.before}</th>
            <th scope="col">{t.audit.after}</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className={classes.old}>{shown(old[name])}</td>
              <td className={classes.now}>{shown(now[name])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  )
}
