import { Button, Modal, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Schemas } from '@/shared/api/client'
import { asProblem } from '@/shared/api/problem'
import { useText } from '@/shared/i18n'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { ShapeCheck, ShapeDiamond, ShapeOctagon } from '@/shared/ui/icons'
import { usePromote } from './actions'
import { CaseReport } from './CaseReport'
import classes from './PromoteModal.module.css'
import { modelQueries } from './queries'

export interface Promotion {
  number: number
  /** Whether it was live before: then it is the way back. */
  isBack: boolean
}

interface Props {
  model: string
  promotion: Promotion | null
  onClose: () => void
}

/** Asks whether a version is to go live, and shows what the gate says of it. */
export function PromoteModal({ model, promotion, onClose }: Props) {
  const { t } = useText()
  const title = promotion?.isBack ? t.models.backQuestion : t.models.promoteQuestion
  return (
    <Modal
      opened={promotion !== null}
      onClose={onClose}
      size="xl"
      title={<strong>{title(promotion?.number ?? 0)}</strong>}
      closeButtonProps={{ 'aria-label': t.common.close }}
    >
      {promotion && <Question model={model} promotion={promotion} onClose={onClose} />}
    </Modal>
  )
}

function Question({ model, promotion, onClose }: Props & { promotion: Promotion }) {
  const { t } = useText()
  const gate = useQuery(modelQueries.gate(model, promotion.number))
  const promote = usePromote(model)
  const act = (force: boolean) =>
    promote.mutate({ number: promotion.number, force }, { onSuccess: onClose })
  const isRefused = promote.isError && asProblem(promote.error).slug === 'cases-failed'
  const isBarred = isRefused || (gate.data?.gate === 'cases' && gate.data.faults.length > 0)
  const name = promotion.isBack ? t.models.back : t.models.promote
  return (
    <>
      <p className={classes.question}>
        {promotion.isBack ? t.models.backDetail : t.models.promoteDetail}
      </p>
      {gate.isPending && (
        <div role="status">
          <p className={classes.dim}>{t.models.gateAsked}</p>
          <Skeleton height={120} />
        </div>
      )}
      {gate.isError && !promote.isError && <ErrorPanel error={gate.error} />}
      {gate.data && <Report report={gate.data} />}
      {promote.isError && <ErrorPanel error={promote.error} />}
      <div className={classes.buttons}>
        <Button variant="default" onClick={onClose}>
          {t.common.cancel}
        </Button>
        {isBarred ? (
          <Button color="red.8" loading={promote.isPending} onClick={() => act(true)}>
            {t.models.force}
          </Button>
        ) : (
          <Button
            loading={promote.isPending}
            disabled={gate.isPending}
            data-autofocus
            onClick={() => act(false)}
          >
            {name}
          </Button>
        )}
      </div>
    </>
  )
}

/** What the gate says: in one line, then case by case. */
function Report({ report }: { report: Schemas['GateReport'] }) {
  return (
    <div className={classes.report}>
      <Verdict report={report} />
      {report.run && <CaseReport run={report.run} faults={report.faults} />}
    </div>
  )
}

function Verdict({ report }: { report: Schemas['GateReport'] }) {
  const { t } = useText()
  const { gate, faults, run } = report
  if (!run) {
    return (
      <p className={classes.verdict} data-tone="idle">
        <ShapeDiamond size={18} /> {t.models.gateNoCases}
      </p>
    )
  }
  if (faults.length === 0) {
    return (
      <p className={classes.verdict} data-tone="good">
        <ShapeCheck size={18} /> {t.models.gatePassed(run.cases.length)}
      </p>
    )
  }
  return (
    <p className={classes.verdict} data-tone={gate ? 'bad' : 'warn'}>
      <ShapeOctagon size={18} /> {t.models.gateFailed(faults.length, run.cases.length)}{' '}
      {gate ? t.models.gateBars : t.models.gateNone}
    </p>
  )
}
