import { Button, MultiSelect, NumberInput, SegmentedControl } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconRefresh } from '@/shared/ui/icons'
import { NameFields } from '@/shared/ui/NameFields'
import { Panel } from '@/shared/ui/Panel'
import classes from './CheckForm.module.css'
import { checkOf, type Draft, draftOf, MADE_HERE, type MadeHere } from './draft'
import { type CheckView, checkQueries, useSaveCheck, useTry } from './queries'
import { Reading } from './Reading'
import { TargetFields } from './TargetFields'

export interface PartProps {
  draft: Draft
  change: (some: Partial<Draft>) => void
}

/** The editor of a check, which is tried before it is saved. */
export function CheckForm({ there }: { there: CheckView | undefined }) {
  const { t } = useText()
  const [draft, setDraft] = useState(() => draftOf(there?.spec))
  const save = useSaveCheck(there)
  const attempt = useTry()
  const change = (some: Partial<Draft>) => {
    attempt.reset()
    setDraft((before) => ({ ...before, ...some }))
  }
  const check = () => checkOf(draft, there?.spec)
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(check())
      }}
    >
      <What draft={draft} change={change} isNew={there === undefined} />
      <How draft={draft} change={change} />
      <div aria-live="polite">
        {attempt.data && <Reading reading={attempt.data} title={t.check.found} />}
        {attempt.isError && <ErrorPanel error={attempt.error} />}
      </div>
      {save.isError && <ErrorPanel error={save.error} />}
      <div className={classes.buttons}>
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} />}
          loading={attempt.isPending}
          // The service asks for a name, also of what is only tried.
          onClick={() => attempt.mutate({ ...check(), name: draft.name.trim() || 'tried' })}
        >
          {t.checks.try}
        </Button>
        <Button
          variant="default"
          renderRoot={(props) =>
            there ? (
              <Link to="/checks/$name" params={{ name: there.name }} {...props} />
            ) : (
              <Link to="/checks" {...props} />
            )
          }
        >
          {t.common.cancel}
        </Button>
        <Button type="submit" loading={save.isPending}>
          {t.common.save}
        </Button>
      </div>
    </form>
  )
}

function What({ draft, change, isNew }: PartProps & { isNew: boolean }) {
  const { t } = useText()
  const isMadeHere = MADE_HERE.some((kind) => kind === draft.kind)
  return (
    <Panel title={t.checks.what}>
      <div className={classes.parts}>
        {isMadeHere && (
          <SegmentedControl
            aria-label={t.check.kind}
            data={MADE_HERE.map((value) => ({ value, label: t.checks.kinds[value] }))}
            value={draft.kind}
            onChange={(value) => change({ kind: value as MadeHere })}
          />
        )}
        <div className={classes.fields}>
          <NameFields draft={draft} change={change} isNew={isNew} />
        </div>
        <div className={classes.fields}>
          <TargetFields draft={draft} change={change} />
        </div>
      </div>
    </Panel>
  )
}

function How({ draft, change }: PartProps) {
  const { t } = useText()
  const checks = useInfiniteQuery(checkQueries.list({}))
  const names = (checks.data?.pages ?? []).flatMap(({ items }) => items.map(({ name }) => name))
  return (
    <Panel title={t.checks.how}>
      <div className={classes.fields}>
        <NumberInput
          label={t.checks.every}
          min={1}
          max={86_400}
          required
          value={draft.every}
          onChange={(value) => change({ every: Number(value) })}
        />
        <NumberInput
          label={t.checks.timeout}
          min={0.1}
          max={300}
          required
          value={draft.timeout}
          onChange={(value) => change({ timeout: Number(value) })}
        />
        <NumberInput
          label={t.checks.retries}
          description={t.checks.retriesHint}
          min={0}
          max={100}
          allowDecimal={false}
          required
          value={draft.retries}
          onChange={(value) => change({ retries: Number(value) })}
        />
        <NumberInput
          label={t.checks.slowAfter}
          description={t.checks.slowHint}
          min={0}
          value={draft.slowAfter ?? ''}
          onChange={(value) => change({ slowAfter: value === '' ? null : Number(value) })}
        />
        <MultiSelect
          label={t.check.dependsOn}
          description={t.checks.dependsHint}
          data={names.filter((name) => name !== draft.name)}
          searchable
          clearable
          value={draft.dependsOn}
          onChange={(value) => change({ dependsOn: value })}
        />
      </div>
    </Panel>
  )
}
