import { Button, Modal } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Moment } from '@/shared/time/Moment'
import { Facts } from '@/shared/ui/Facts'
import { StateBadge } from '@/shared/ui/State'
import { useRetire } from './actions'
import { LoadBadge } from './LoadBadge'
import type { Promotion } from './PromoteModal'
import type { Model, Version } from './queries'
import classes from './VersionList.module.css'

interface Props {
  versions: readonly Version[]
  /** How far the live one is in the service. */
  load: Model['load']
  /** How good each is, by the outcomes of live requests. */
  figures: readonly Schemas['VersionPerformance'][]
  /** Who registered each. */
  registrars: ReadonlyMap<number, string>
  /** Which were live before: making one live again is the way back. */
  lives: readonly number[]
  onPromote: (promotion: Promotion) => void
}

/** All versions, the newest first: what each is, how good it is, and what may be done with it. */
export function VersionList({ versions, load, figures, registrars, lives, onPromote }: Props) {
  const live = versions.find((one) => one.live)
  return (
    <ul className={classes.list}>
      {versions.map((one) => (
        <Row
          key={one.number}
          version={one}
          live={live?.number}
          load={load}
          figures={figures.find((found) => found.version === one.number && found.kind === 'live')}
          registrar={registrars.get(one.number)}
          onPromote={() =>
            onPromote({ number: one.number, isBack: lives.includes(one.number) && !one.live })
          }
          wasLive={lives.includes(one.number)}
        />
      ))}
    </ul>
  )
}

interface RowProps {
  version: Version
  live: number | undefined
  load: Model['load']
  figures: Schemas['VersionPerformance'] | undefined
  registrar: string | undefined
  onPromote: () => void
  wasLive: boolean
}

function Row({ version, live, load, figures, registrar, onPromote, wasLive }: RowProps) {
  const { t, number } = useText()
  const { artifact, estimator, signature } = version
  const isRetired = version.state === 'retired'
  const warnings = estimator.warnings ?? []
  const outputs = signature.outputs.classes ?? []
  return (
    <li className={classes.version} data-retired={isRetired || undefined}>
      <div className={classes.head}>
        <strong>{t.showroom.version(version.number)}</strong>
        {version.live && <StateBadge state="live" />}
        {version.live && <LoadBadge load={load} />}
        {isRetired && <span className={classes.retired}>{t.models.retired}</span>}
        <span className={classes.dim}>
          {estimator.class_name} · <Moment at={version.registered_at} />
          {registrar && ` ${t.dispatches.by(registrar)}`}
        </span>
        <span className={classes.actions}>
          {live !== undefined && !version.live && (
            <Button
              size="xs"
              variant="subtle"
              renderRoot={(props) => (
                <Link
                  to="/models/$name"
                  params={{ name: version.model }}
                  search={{ tab: 'compare', a: live, b: version.number }}
                  {...props}
                />
              )}
            >
              {t.models.compare}
            </Button>
          )}
          {!version.live && !isRetired && (
            <May as="admin">
              <Retire version={version} />
              <Button size="xs" variant="default" onClick={onPromote}>
                {wasLive ? t.models.back : t.models.promote}
              </Button>
            </May>
          )}
        </span>
      </div>
      <Metrics figures={figures} />
      {version.live && load?.detail && <p className={classes.fault}>{load.detail}</p>}
      {warnings.length > 0 && <p className={classes.warning}>{warnings.join('; ')}</p>}
      <details>
        <summary>{t.check.details}</summary>
        <Facts
          facts={{
            [t.models.runtime]: estimator.runtime,
            [t.models.file]: `${artifact.filename}, ${number(artifact.size / 1000)} kB`,
            [t.dispatches.digest]: artifact.digest,
            [t.models.trainedWith]: Object.entries(estimator.trained_with ?? {})
              .map((one) => one.join(' '))
              .join(', '),
            [t.models.inputs]: signature.inputs.map((one) => one.name).join(', '),
            [t.models.classes]: outputs.map(String).join(', '),
          }}
        />
      </details>
    </li>
  )
}

/** How good a version is in service, in a line. */
function Metrics({ figures }: { figures: RowProps['figures'] }) {
  const { t, number, percent } = useText()
  if (!figures) return null
  const { accuracy, brier, mae, rmse, outcomes } = figures
  const told = [
    typeof accuracy === 'number' && `${t.models.accuracy} ${percent(accuracy)}`,
    typeof brier === 'number' && `${t.models.brier} ${number(brier, 3)}`,
    typeof mae === 'number' && `${t.models.mae} ${number(mae, 3)}`,
    typeof rmse === 'number' && `${t.models.rmse} ${number(rmse, 3)}`,
  ].filter(Boolean)
  return (
    <p className={classes.metrics}>
      <span className="tabular">{told.join(' · ')}</span> {t.models.ofOutcomes(outcomes)}
    </p>
  )
}

function Retire({ version }: { version: Version }) {
  const { t } = useText()
  const [isAsking, setAsking] = useState(false)
  const retire = useRetire(version.model)
  const close = () => setAsking(false)
  return (
    <>
      <Button size="xs" variant="subtle" color="gray" onClick={() => setAsking(true)}>
        {t.models.retire}
      </Button>
      <Modal
        opened={isAsking}
        onClose={close}
        title={<strong>{t.models.retireQuestion(version.number)}</strong>}
        closeButtonProps={{ 'aria-label': t.common.close }}
      >
        <p className={classes.question}>{t.models.retireDetail}</p>
        <div className={classes.buttons}>
          <Button variant="default" onClick={close}>
            {t.common.cancel}
          </Button>
          <Button
            color="red.8"
            loading={retire.isPending}
            onClick={() => retire.mutate(version.number, { onSettled: close })}
          >
            {t.models.retire}
          </Button>
        </div>
      </Modal>
    </>
  )
}
