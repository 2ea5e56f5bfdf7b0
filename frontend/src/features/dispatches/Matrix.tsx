import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { monitorQueries } from '@/features/monitor/queries'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Panel } from '@/shared/ui/Panel'
import { lookOf, type StateName } from '@/shared/ui/state'
import classes from './Matrix.module.css'
import { hrefOf, useOpen } from './useOpen'

/** The schedules, and the newest slots of each: a square a dispatch, whose colour is its state. */
export const Matrix = memo(function Matrix() {
  const { t } = useText()
  const open = useOpen()
  const { data } = useQuery(monitorQueries.history())
  if (data === undefined) return <Skeleton height={140} radius="lg" />
  const schedules = Object.entries(data.schedules).filter(([, ran]) => ran.length > 0)
  if (schedules.length === 0) return null
  return (
    <Panel title={t.dispatches.matrix}>
      <ul className={classes.matrix}>
        {schedules.map(([name, ran]) => (
          <li key={name}>
            <Link
              to="/dispatches"
              search={(before) => ({ ...before, schedule: name })}
              resetScroll={false}
              className={classes.name}
            >
              {name}
            </Link>
            <div className={classes.squares}>
              {ran.map((one) => (
                <Square key={one.id} ran={one} open={open} />
              ))}
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  )
})

interface SquareProps {
  ran: Schemas['Ran']
  open: ReturnType<typeof useOpen>
}

function Square({ ran, open }: SquareProps) {
  const { t, short } = useText()
  const { tone, shape: Shape } = lookOf(ran.state)
  const words = t.monitor.ran(ran.id, t.states[ran.state as StateName], short(ran.slot))
  return (
    <a
      href={hrefOf(ran.id)}
      onClick={open}
      className={classes.square}
      data-tone={tone}
      title={words}
      aria-label={words}
    >
      {tone !== 'good' && <Shape size={12} />}
    </a>
  )
}
