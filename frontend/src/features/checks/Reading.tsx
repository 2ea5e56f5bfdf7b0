import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Facts } from '@/shared/ui/Facts'
import classes from './Reading.module.css'

interface Props {
  reading: Schemas['Reading']
  title: string
}

/** What one look found: in words, how long each step took, and what more is known. */
export function Reading({ reading, title }: Props) {
  const { t, took } = useText()
  const { ok, detail, warning, steps, seconds, facts, failed_step: failed } = reading
  const tone = !ok ? 'bad' : warning ? 'warn' : 'good'
  return (
    <div className={classes.reading} data-tone={tone} role="status">
      <strong>{title}</strong>
      <p>{detail}</p>
      {warning && <p>{warning}</p>}
      <ul className={classes.steps}>
        {steps?.map((one) => (
          <li key={one.step}>
            {one.step} {took(one.seconds)}
          </li>
        ))}
        {failed && <li className={classes.failed}>{t.checks.failedStep(failed)}</li>}
        <li>{t.checks.inAll(took(seconds))}</li>
      </ul>
      <Facts facts={facts ?? {}} />
    </div>
  )
}
