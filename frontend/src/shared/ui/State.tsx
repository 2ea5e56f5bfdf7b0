import { useText } from '@/shared/i18n'
import { ShapeTurning } from './icons'
import classes from './State.module.css'
import { lookOf, type StateName } from './state'

interface Props {
  state: string
  size?: number
}

function useName(state: string): string {
  const { t } = useText()
  return t.states[state as StateName] ?? state
}

/** A state by its shape and colour alone; its name is there for those who listen or hover. */
export function StateShape({ state, size = 18 }: Props) {
  const { tone, shape: Shape } = lookOf(state)
  const name = useName(state)
  return (
    <span className={classes.shape} data-tone={tone} role="img" aria-label={name} title={name}>
      <Shape size={size} data-turning={Shape === ShapeTurning || undefined} />
    </span>
  )
}

/** A state with its name. */
export function StateBadge({ state, size = 14 }: Props) {
  const { tone, shape: Shape } = lookOf(state)
  return (
    <span className={classes.badge} data-tone={tone} data-state={state}>
      <Shape size={size} data-turning={Shape === ShapeTurning || undefined} />
      {useName(state)}
    </span>
  )
}
