import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Wide } from '@/shared/ui/Wide'
import classes from './Confusion.module.css'
import { matrixOf } from './outcomes'

const MOST = 25

/** Which class was predicted where which was true: rows are the truth, the shade the share of it. */
export function Confusion({ figures }: { figures: Schemas['VersionPerformance'] }) {
  const { t, number, percent } = useText()
  const { labels, rows } = matrixOf(figures)
  if (figures.confusion === null || labels.length > MOST) {
    return <p className={classes.dim}>{t.models.tooManyClasses}</p>
  }
  if (labels.length === 0) return null
  const rates = new Map((figures.classes ?? []).map((one) => [one.label, one]))
  return (
    <section>
      <h3 className={classes.title}>{t.models.confusion}</h3>
      <p className={classes.dim}>{t.models.confusionDetail}</p>
      <Wide label={t.models.confusion}>
        <table className={classes.matrix}>
          <thead>
            <tr>
              <th scope="col">{t.models.truth}</th>
              {labels.map((label) => (
                <th key={label} scope="col">
                  {label}
                </th>
              ))}
              <th scope="col">{t.models.recall}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ truth, counts }) => (
              <tr key={truth}>
                <th scope="row">{truth}</th>
                {counts.map((count, i) => (
                  <Cell
                    key={labels[i]}
                    count={count}
                    all={counts.reduce((sum, one) => sum + one, 0)}
                    isRight={labels[i] === truth}
                  />
                ))}
                <td>{told(rates.get(truth)?.recall, percent)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t.models.precision}</th>
              {labels.map((label) => (
                <td key={label}>{told(rates.get(label)?.precision, percent)}</td>
              ))}
              <td>{number(figures.outcomes)}</td>
            </tr>
          </tfoot>
        </table>
      </Wide>
    </section>
  )
}

function told(value: number | null | undefined, write: (part: number) => string): string {
  return typeof value === 'number' ? write(value) : '–'
}

function Cell({ count, all, isRight }: { count: number; all: number; isRight: boolean }) {
  const { number, percent } = useText()
  const part = all > 0 ? count / all : 0
  return (
    <td title={percent(part)} className={classes.cell} data-tone={isRight ? 'good' : 'bad'}>
      <span className={classes.shade} style={{ opacity: part }} />
      <span className={classes.count}>{number(count)}</span>
    </td>
  )
}
