import { Button, Switch, Tooltip } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { asProblem } from '@/shared/api/problem'
import { useText } from '@/shared/i18n'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconTag } from '@/shared/ui/icons'
import { Panel } from '@/shared/ui/Panel'
import classes from './AnswerPanel.module.css'
import { Contributions } from './Contributions'
import { KeepCase } from './KeepCase'
import { ManyAnswers } from './ManyAnswers'
import { Probabilities } from './Probabilities'
import { useAsk } from './queries'
import type { Case, Version } from './types'
import type { Asked } from './useAnswer'

const route = getRouteApi('/showroom')

interface Props {
  version: Version
  cases: Case[]
  answer: Asked
  compared: Asked | undefined
  explain: boolean
  onExplain: (explain: boolean) => void
}

/** The answer: what the model says, how sure it is, and why. */
export function AnswerPanel({ version, cases, answer, compared, explain, onExplain }: Props) {
  const { t, took } = useText()
  const [isKeeping, setKeeping] = useState(false)
  const total = Object.values(answer.answer?.seconds ?? {}).reduce((sum, one) => sum + one, 0)
  const isOne = cases.length === 1
  return (
    <Panel
      title={t.showroom.answer}
      side={
        isOne && (
          <Switch
            label={t.showroom.explain}
            checked={explain}
            onChange={(event) => onExplain(event.currentTarget.checked)}
          />
        )
      }
    >
      <div className={classes.answer} data-old={answer.isOld || undefined} aria-live="polite">
        <Failure asked={answer} />
        {isOne && answer.answer?.predictions[0] && (
          <>
            <Probabilities
              prediction={answer.answer.predictions[0]}
              other={compared?.answer?.predictions[0]}
              versions={[answer.answer.version, compared?.answer?.version]}
            />
            <Contributions explanation={answer.answer.predictions[0].explanation} />
          </>
        )}
        {!isOne && answer.answer && (
          <ManyAnswers cases={cases} answer={answer.answer} compared={compared?.answer} />
        )}
        {compared && <Failure asked={compared} />}
      </div>
      {answer.answer && (
        <div className={classes.foot}>
          <span className="tabular" title={answer.answer.id}>
            {t.showroom.answeredIn(took(total))}
          </span>
          <AskForReal answer={answer} />
          {isOne && (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconTag size={14} />}
              onClick={() => setKeeping(true)}
            >
              {t.showroom.keep}
            </Button>
          )}
        </div>
      )}
      <KeepCase
        version={version}
        inputs={cases[0] ?? {}}
        answered={answer.answer?.predictions[0]}
        isOpen={isKeeping}
        onClose={() => setKeeping(false)}
      />
    </Panel>
  )
}

/** What was tried is asked as a live request, and its record is opened. */
function AskForReal({ answer }: { answer: Asked }) {
  const { t } = useText()
  const navigate = route.useNavigate()
  const ask = useAsk()
  const open = (record: string) =>
    void navigate({ search: (before) => ({ ...before, record }), resetScroll: false })
  return (
    <Tooltip label={t.showroom.askDetail} multiline w={260}>
      <Button
        size="xs"
        variant="default"
        className={classes.ask}
        disabled={answer.isOld}
        loading={ask.isPending}
        onClick={() => ask.mutate(answer.question, { onSuccess: ({ id }) => open(id) })}
      >
        {t.showroom.ask}
      </Button>
    </Tooltip>
  )
}

/** What the service refused; what is told beside the fields of the form is not told again. */
function Failure({ asked }: { asked: Asked }) {
  const { t } = useText()
  if (!asked.error) {
    return asked.answer ? null : <p className={classes.dim}>{t.showroom.fillIn}</p>
  }
  const isInForm = Object.keys(asked.faults).length > 0
  if (isInForm && asProblem(asked.error).facts.errors) {
    const [name, reason] = Object.entries(asked.faults)[0] ?? []
    return <p className={classes.fault}>{`${name}: ${reason}`}</p>
  }
  return <ErrorPanel error={asked.error} />
}
