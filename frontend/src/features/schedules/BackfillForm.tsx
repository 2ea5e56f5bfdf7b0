import { Button, TextInput } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import classes from './BackfillForm.module.css'
import { type Plan, useBackfill } from './queries'

/** Dispatches what was due in a stretch of time, after telling how many that are. */
export function BackfillForm({ name }: { name: string }) {
  const { t } = useText()
  const [first, setFirst] = useState('')
  const [until, setUntil] = useState('')
  const plan = useBackfill(name)
  const order = useBackfill(name)
  const counted = plan.data as Plan | undefined
  const count = counted ? counted.slots - counted.left_out : 0
  const change = (set: (value: string) => void) => (value: string) => {
    set(value)
    plan.reset()
    order.reset()
  }
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        plan.mutate({ first, until, dryRun: true })
      }}
    >
      <TextInput
        type="datetime-local"
        label={t.schedules.first}
        required
        value={first}
        onChange={(event) => change(setFirst)(event.currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        label={t.schedules.until}
        required
        value={until}
        onChange={(event) => change(setUntil)(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" loading={plan.isPending}>
        {t.schedules.count}
      </Button>
      {counted && !order.data && (
        <div className={classes.plan} role="status">
          <span>{t.schedules.planned(count, counted.left_out)}</span>
          {count > 0 && (
            <Button
              loading={order.isPending}
              onClick={() => order.mutate({ first, until, dryRun: false })}
            >
              {t.schedules.backfillYes(count)}
            </Button>
          )}
        </div>
      )}
      {order.data && (
        <Link to="/dispatches" search={{ schedule: name, kind: 'backfill' }}>
          {t.schedules.dispatches}
        </Link>
      )}
    </form>
  )
}
