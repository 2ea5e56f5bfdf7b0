import classes from './Facts.module.css'

/** Names and values side by side; what is not there is left out. */
export function Facts({ title, facts }: { title?: string; facts: Record<string, unknown> }) {
  const known = Object.entries(facts).filter(([, value]) => isKnown(value))
  if (known.length === 0) return null
  return (
    <section>
      {title && <h3 className={classes.title}>{title}</h3>}
      <dl className={classes.facts}>
        {known.map(([name, value]) => (
          <div key={name} className={classes.fact}>
            <dt>{name.replaceAll('_', ' ')}</dt>
            <dd>{shown(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** Return what is known of a thing by the names that people give its parts. */
export function named(known: object, names: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(known).map(([name, value]) => [names[name] ?? name, value]),
  )
}

function isKnown(value: unknown): boolean {
  return value !== null && value !== undefined && value !== ''
}

function shown(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
