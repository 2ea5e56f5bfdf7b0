import { useText } from '@/shared/i18n'
import classes from './Contributions.module.css'
import type { Explanation } from './types'

/** What each input contributes, for the answer to the right and against it to the left. */
export function Contributions({ explanation }: { explanation: Explanation | undefined }) {
  const { t, number } = useText()
  if (explanation === undefined) return null
  const parts = Object.entries(explanation.contributions).sort(
    (a, b) => Math.abs(b[1]) - Math.abs(a[1]),
  )
  const greatest = Math.max(...parts.map(([, part]) => Math.abs(part)), Number.EPSILON)
  const about = t.showroom.scales[explanation.scale] ?? explanation.scale
  return (
    <section>
      <h3 className={classes.title}>{t.showroom.why(String(explanation.class ?? ''))}</h3>
      <ul className={classes.parts}>
        {parts.map(([name, part]) => (
          <li key={name}>
            <span className={classes.name}>{name}</span>
            <span className={classes.track}>
              <span
                className={classes.fill}
                data-against={part < 0 || undefined}
                style={{ width: `${(Math.abs(part) / greatest) * 50}%` }}
              />
            </span>
            <span className={classes.part}>
              {part > 0 ? '+' : part < 0 ? '−' : ''}
              {number(Math.abs(part), 3)}
            </span>
          </li>
        ))}
      </ul>
      <p className={classes.note}>
        {t.showroom.base(about, number(explanation.base, 3))}{' '}
        {t.showroom.methods[explanation.method] ?? explanation.method}
      </p>
    </section>
  )
}
