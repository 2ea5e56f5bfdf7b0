import { useText } from '@/shared/i18n'
import { movedBy } from './moved'
import classes from './Probabilities.module.css'
import type { Prediction } from './types'

const MOST = 12

interface Props {
  prediction: Prediction
  other: Prediction | undefined
  versions: [number, number | undefined]
}

/** The answer in large, and how probable each class is; beside it another version's. */
export function Probabilities({ prediction, other, versions }: Props) {
  const { t } = useText()
  return (
    <div className={classes.all}>
      <div className={classes.answers}>
        <Large prediction={prediction} caption={other && t.showroom.version(versions[0])} />
        {other && (
          <Large prediction={other} caption={t.showroom.version(versions[1] ?? 0)} isOther />
        )}
      </div>
      {other && <Difference prediction={prediction} other={other} />}
      {prediction.probabilities && (
        <Bars probabilities={prediction.probabilities} other={other?.probabilities} />
      )}
    </div>
  )
}

interface LargeProps {
  prediction: Prediction
  caption: string | undefined
  isOther?: boolean
}

function Large({ prediction, caption, isOther }: LargeProps) {
  const { number, percent } = useText()
  const { label, value, values, probabilities } = prediction
  const shown =
    label !== undefined
      ? String(label)
      : (values ?? [value ?? 0]).map((one) => number(one, 4)).join(', ')
  const sure = label !== undefined ? probabilities?.[String(label)] : undefined
  return (
    <div className={classes.large} data-other={isOther}>
      {caption && <span className={classes.caption}>{caption}</span>}
      <strong data-testid={isOther ? 'other-answer' : 'answer'}>{shown}</strong>
      {sure !== undefined && <span className="tabular">{percent(sure)}</span>}
    </div>
  )
}

/** How far two versions are from each other, in words. */
function Difference({ prediction, other }: { prediction: Prediction; other: Prediction }) {
  const { t, percent, number } = useText()
  const moved = movedBy(prediction, other)
  const isOther = prediction.label !== other.label
  const words = isOther ? t.showroom.otherLabel : t.showroom.sameLabel
  const isValue = prediction.label === undefined
  return (
    <p className={classes.difference} data-tone={isOther ? 'warn' : 'good'}>
      {!isValue && <strong className={classes.verdict}>{words}</strong>}
      {moved !== null &&
        ` ${isValue ? t.showroom.differBy(number(moved, 4)) : t.showroom.moved(percent(moved))}`}
    </p>
  )
}

type Chances = Record<string, number>

function Bars({ probabilities, other }: { probabilities: Chances; other: Chances | undefined }) {
  const { percent } = useText()
  const classesByChance = Object.entries(probabilities).sort((a, b) => b[1] - a[1])
  return (
    <ul className={classes.bars}>
      {classesByChance.slice(0, MOST).map(([name, part]) => (
        <li key={name}>
          <span className={classes.name}>{name}</span>
          <span className={classes.tracks}>
            <Track part={part} />
            {other && <Track part={other[name] ?? 0} isOther />}
          </span>
          <span className={classes.part}>
            {percent(part)}
            {other && <span className={classes.other}>{percent(other[name] ?? 0)}</span>}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Track({ part, isOther }: { part: number; isOther?: boolean }) {
  return (
    <span className={classes.track}>
      <span
        className={classes.fill}
        data-other={isOther}
        style={{ width: `${Math.max(0, Math.min(1, part)) * 100}%` }}
      />
    </span>
  )
}
