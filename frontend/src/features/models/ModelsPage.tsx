import { Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Moment } from '@/shared/time/Moment'
import { Empty } from '@/shared/ui/Empty'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconCube } from '@/shared/ui/icons'
import { Page } from '@/shared/ui/Page'
import { LoadBadge } from './LoadBadge'
import classes from './ModelsPage.module.css'
import { modelQueries } from './queries'
import { UploadModal } from './UploadModal'

/** All models, and which version of each is live. */
export function ModelsPage() {
  const { t } = useText()
  const models = useQuery(modelQueries.all())
  const [isUploading, setUploading] = useState(false)
  return (
    <Page
      title={t.models.title}
      side={
        <May as="admin">
          <Button onClick={() => setUploading(true)}>{t.models.newModel}</Button>
          <UploadModal isOpen={isUploading} onClose={() => setUploading(false)} />
        </May>
      }
    >
      {models.isPending && <Skeleton height={160} radius="lg" />}
      {models.isError && !models.data && (
        <ErrorPanel error={models.error} onRetry={() => void models.refetch()} />
      )}
      {models.data?.items.length === 0 && (
        <Empty
          icon={<IconCube size={32} />}
          title={t.showroom.noModels}
          detail={t.showroom.noModelsDetail}
          command="disparo models register NAME model.joblib --sample data.csv"
        />
      )}
      <ul className={classes.cards}>
        {models.data?.items.map((model) => (
          <li key={model.name}>
            <Link to="/models/$name" params={{ name: model.name }} className={classes.card}>
              <strong>{model.name}</strong>
              <span className={classes.live}>
                {model.live ? t.showroom.live(model.live) : t.models.noneLive}
                <LoadBadge load={model.load} />
              </span>
              <span className={classes.dim}>
                {t.models.versions(model.versions)} · <Moment at={model.created_at} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Page>
  )
}
