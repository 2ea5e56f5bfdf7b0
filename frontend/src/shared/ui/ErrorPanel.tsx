import { Button } from '@mantine/core'
import { asProblem, UNREACHABLE } from '@/shared/api/problem'
import { type Text, useText } from '@/shared/i18n'
import classes from './ErrorPanel.module.css'
import { ShapeOctagon } from './icons'

/** Return an error in words: what happened, and what more is known of it. */
export function inWords(error: unknown, t: Text['t']): { title: string; detail: string } {
  const problem = asProblem(error)
  if (problem.slug === UNREACHABLE) {
    return { title: t.errors.unreachable, detail: t.errors.unreachableDetail }
  }
  return { title: problem.title || t.errors.unexpected, detail: problem.detail }
}

/** What went wrong, in the service's own words, and the way to try again. */
export function ErrorPanel({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useText()
  const { title, detail } = inWords(error, t)
  return (
    <div className={classes.panel} role="alert">
      <ShapeOctagon size={20} className={classes.shape} />
      <div className={classes.words}>
        <strong>{title}</strong>
        {detail && <p className={classes.detail}>{detail}</p>}
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {t.common.retry}
          </Button>
        )}
      </div>
    </div>
  )
}
