import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { modelQueries } from '@/features/models/queries'
import { useText } from '@/shared/i18n'
import { May } from '@/shared/session/May'
import { Empty } from '@/shared/ui/Empty'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { IconSpark } from '@/shared/ui/icons'
import { Page } from '@/shared/ui/Page'
import { Choice } from './Choice'
import { Desk } from './Desk'
import { RecentPanel } from './RecentPanel'
import { RecordDrawer } from './RecordDrawer'

const route = getRouteApi('/showroom')

/** Ask a model, and see its answer at once. */
export function ShowroomPage() {
  const { t } = useText()
  const models = useQuery(modelQueries.all())
  const search = route.useSearch()
  const name = search.model ?? models.data?.items[0]?.name
  const model = models.data?.items.find((one) => one.name === name)
  return (
    <Page
      title={t.showroom.title}
      side={models.data && model && <Choice models={models.data.items} model={model} />}
    >
      {models.isPending && <Skeleton height={320} radius="lg" />}
      {models.isError && <ErrorPanel error={models.error} onRetry={() => void models.refetch()} />}
      {models.data?.items.length === 0 && (
        <Empty
          icon={<IconSpark size={32} />}
          title={t.showroom.noModels}
          detail={t.showroom.noModelsDetail}
          command="disparo models register NAME model.joblib --sample data.csv"
        />
      )}
      {models.data && name !== undefined && model === undefined && (
        <Empty icon={<IconSpark size={32} />} title={t.showroom.noModel(name)} />
      )}
      {model && (
        <>
          <May
            as="operator"
            otherwise={<Empty icon={<IconSpark size={32} />} title={t.showroom.mayNot} />}
          >
            <Desk key={model.name} model={model} />
          </May>
          <RecentPanel model={model.name} />
          <RecordDrawer model={model.name} />
        </>
      )}
    </Page>
  )
}
