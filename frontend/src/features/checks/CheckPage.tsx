import { Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Flips } from '@/features/monitor/Flips'
import { useCheckSwitch, useLookNow } from '@/features/monitor/queries'
import { useText } from '@/shared/i18n'
import { ForRole } from '@/shared/session/ForRole'
import { May } from '@/shared/session/May'
import { Moment } from '@/shared/time/Moment'
import { DeclaredNote } from '@/shared/ui/DeclaredNote'
import { Facts, named } from '@/shared/ui/Facts'
import { History } from '@/shared/ui/History'
import { IconPause, IconPlay, IconRefresh } from '@/shared/ui/icons'
import { Loaded } from '@/shared/ui/Loaded'
import { Page } from '@/shared/ui/Page'
import { Panel } from '@/shared/ui/Panel'
import { Question } from '@/shared/ui/Question'
import { StateBadge } from '@/shared/ui/State'
import { CheckForm } from './CheckForm'
import classes from './CheckPage.module.css'
import { type CheckView, checkQueries, useRemoveCheck } from './queries'
import { Reading } from './Reading'
import { ResultsPanel } from './ResultsPanel'

const route = getRouteApi('/checks/$name')

/** One check: how it stands, what looks found, when its state changed; and its editor. */
export function CheckPage() {
  const { name } = route.useParams()
  const { edit } = route.useSearch()
  const found = useQuery(checkQueries.one(name))
  if (edit && found.data && !found.data.declared_in) {
    return (
      <ForRole as="operator" title={name}>
        <Page title={name}>
          <CheckForm there={found.data} />
        </Page>
      </ForRole>
    )
  }
  return <Shown name={name} found={found} />
}

interface ShownProps {
  name: string
  found: ReturnType<typeof useQuery<CheckView>>
}

function Shown({ name, found }: ShownProps) {
  const { t } = useText()
  const look = useLookNow(name)
  const events = useQuery(checkQueries.events(name))
  return (
    <Page title={name} side={found.data && <Actions check={found.data} look={look} />}>
      <Loaded query={found}>
        {(check) => (
          <>
            <Standing check={check} />
            {look.isPending && <Skeleton height={90} radius="lg" />}
            {look.data && <Reading reading={look.data} title={t.check.found} />}
            <div className={classes.columns}>
              <About check={check} />
              <Panel title={t.check.changes}>
                <Flips name={name} isBare />
              </Panel>
            </div>
            <ResultsPanel name={name} />
            <History events={events.data?.items} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

function Actions({ check, look }: { check: CheckView; look: ReturnType<typeof useLookNow> }) {
  const { t } = useText()
  const { name, declared_in: file, paused } = check
  const turn = useCheckSwitch(name)
  const [isAsking, setAsking] = useState(false)
  const remove = useRemoveCheck(check)
  return (
    <May as="operator">
      <Button
        leftSection={<IconRefresh size={16} />}
        loading={look.isPending}
        onClick={() => look.mutate()}
      >
        {t.check.test}
      </Button>
      <Button
        variant="default"
        leftSection={paused ? <IconPlay size={16} /> : <IconPause size={16} />}
        loading={turn.isPending}
        onClick={() => turn.mutate(paused)}
      >
        {paused ? t.check.resume : t.check.pause}
      </Button>
      {!file && (
        <>
          <Button
            variant="default"
            renderRoot={(props) => (
              <Link to="/checks/$name" params={{ name }} search={{ edit: true }} {...props} />
            )}
          >
            {t.common.edit}
          </Button>
          <Button variant="default" onClick={() => setAsking(true)}>
            {t.common.remove}
          </Button>
        </>
      )}
      <Question
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={t.checks.removeQuestion(name)}
        yes={t.common.remove}
        onYes={() => remove.mutate()}
        isPending={remove.isPending}
        error={remove.error}
        isGrave
      >
        <p>{t.checks.removeDetail}</p>
      </Question>
    </May>
  )
}

function Standing({ check }: { check: CheckView }) {
  const { t } = useText()
  const { state, since, detail, fault, spec, declared_in: file, warnings } = check
  return (
    <>
      <div className={classes.standing}>
        <StateBadge state={state} size={16} />
        {since && <Moment at={since} className={classes.dim} />}
        <span className={classes.detail}>{detail}</span>
      </div>
      {fault && <p role="alert">{`${t.check.fault}: ${fault}`}</p>}
      {spec?.description && <p className={classes.about}>{spec.description}</p>}
      <DeclaredNote file={file} />
      {warnings?.map((one) => (
        <p key={one} className={classes.warning}>
          {one}
        </p>
      ))}
    </>
  )
}

function About({ check: { spec, last } }: { check: CheckView }) {
  const { t, interval } = useText()
  return (
    <Panel title={t.check.target}>
      <Facts
        facts={{
          ...named(
            spec ? { ...spec.target, kind: t.monitor.kinds[spec.target.kind] } : {},
            t.checks.fields,
          ),
          [t.check.every]: spec && interval(spec.every),
          [t.checks.timeout]: spec && interval(spec.timeout),
          [t.checks.retries]: spec?.retries,
          [t.check.dependsOn]: spec?.depends_on?.join(', '),
        }}
      />
      {last && <Facts title={t.check.facts} facts={last.facts ?? {}} />}
    </Panel>
  )
}
