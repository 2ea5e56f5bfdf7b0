import { Textarea } from '@mantine/core'
import { lazy, Suspense } from 'react'
import type { SqlEditorProps } from './SqlEditor'
import classes from './SqlField.module.css'

const SqlEditor = lazy(() => import('./SqlEditor'))

/** A query: typed in a plain field until the editor is loaded. */
export function SqlField({ description, ...editor }: SqlEditorProps & { description: string }) {
  const { label, value, onChange } = editor
  return (
    <div className={classes.field}>
      <span className={classes.label} aria-hidden="true">
        {label} <span className={classes.star}>*</span>
      </span>
      <span className={classes.description}>{description}</span>
      <div className={classes.frame}>
        <Suspense
          fallback={
            <Textarea
              variant="unstyled"
              aria-label={label}
              autosize
              minRows={6}
              spellCheck={false}
              className={classes.plain}
              value={value}
              onChange={(event) => onChange(event.currentTarget.value)}
            />
          }
        >
          <SqlEditor {...editor} />
        </Suspense>
      </div>
    </div>
  )
}
