import { Button, Modal, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Moment } from '@/shared/time/Moment'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { Facts } from '@/shared/ui/Facts'
import { History } from '@/shared/ui/History'
import { Page } from '@/shared/ui/Page'
import { Panel } from '@/shared/ui/Panel'
import { StateBadge } from '@/shared/ui/State'
import classes from './ModelPage.module.css'
import { modelQueries, usePromote, type Version } from './queries'
import { SignatureTable } from './SignatureTable'

const route = getRouteApi('/models/$name')

/** One model: its versions, which is live, who made it so; what goes in and comes out. */
export function ModelPage() {
  const { t } = useText()
  const { name } = route.useParams()
  const versions = useQuery(modelQueries.versions(name))
  const events = useQuery(modelQueries.events(name))
  const shown = versions.data?.items.find((one) => one.live) ?? versions.data?.items[0]
  return (
    <Page
      title={name}
      side={
        <Button
          variant="default"
          renderRoot={(props) => <Link to="/showroom" search={{ model: name }} {...props} />}
        >
          {t.models.try}
        </Button>
      }
    >
      {versions.isPending && <Skeleton height={240} radius="lg" />}
      {versions.isError && !versions.data && (
        <ErrorPanel error={versions.error} onRetry={() => void versions.refetch()} />
      )}
      {versions.data && (
        <Panel title={t.models.versions(versions.data.items.length)} flush>
          <ul className={classes.list}>
            {versions.data.items.map((one) => (
              <Row key={one.number} version={one} />
            ))}
          </ul>
        </Panel>
      )}
      {shown && (
        <Panel title={t.models.signature(shown.number)} flush>
          <SignatureTable inputs={shown.signature.inputs} />
        </Panel>
      )}
      <History events={events.data?.items} />
    </Page>
  )
}

function Row({ version }: { version: Version }) {
  const { t, number } = useText()
  const { artifact, estimator } = version
  return (
    <li className={classes.version}>
      <div className={classes.head}>
        <strong>{t.showroom.version(version.number)}</strong>
        {version.live && <StateBadge state="live" />}
        <span className={classes.dim}>
          {estimator.class_name} · <Moment at={version.registered_at} />
        </span>
        {!version.live && <Promote version={version} />}
      </div>
      <details>
        <summary>{t.check.details}</summary>
        <Facts
          facts={{
            [t.models.runtime]: estimator.runtime,
            [t.models.file]: `${artifact.filename}, ${number(artifact.size / 1000)} kB`,
            [t.dispatches.digest]: artifact.digest,
            [t.models.trainedWith]: estimator.trained_with,
            [t.models.warnings]: estimator.warnings?.join('; '),
          }}
        />
      </details>
    </li>
  )
}

function Promote({ version }: { version: Version }) {
  const { t } = useText()
  const [isAsking, setAsking] = useState(false)
  const promote = usePromote(version.model)
  const close = () => {
    setAsking(false)
    promote.reset()
  }
  const act = (force: boolean) =>
    promote.mutate({ number: version.number, force }, { onSuccess: close })
  return (
    <May as="admin">
      <Button size="xs" variant="default" onClick={() => setAsking(true)}>
        {t.models.promote}
      </Button>
      <Modal
        opened={isAsking}
        onClose={close}
        title={<strong>{t.models.promoteQuestion(version.number)}</strong>}
        closeButtonProps={{ 'aria-label': t.common.close }}
      >
        <p className={classes.question}>{t.models.promoteDetail}</p>
        {promote.isError && <ErrorPanel error={promote.error} />}
        <div className={classes.buttons}>
          <Button variant="default" onClick={close}>
            {t.common.cancel}
          </Button>
          {promote.isError && (
            <Button color="red.8" loading={promote.isPending} onClick={() => act(true)}>
              {t.models.force}
            </Button>
          )}
          <Button loading={promote.isPending} onClick={() => act(false)}>
            {t.models.promote}
          </Button>
        </div>
      </Modal>
    </May>
  )
}
