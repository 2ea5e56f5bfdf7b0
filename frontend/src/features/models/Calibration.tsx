import type { Schemas } from '@/shared/api/client'
import { useText } from '@/shared/i18n'
import { Lines, Plot } from '@/shared/plots'

/** Whether what is called probable comes true as often: on the diagonal it does. */
export function Calibration({ figures }: { figures: Schemas['VersionPerformance'] }) {
  const { t, number, percent } = useText()
  const bins = figures.calibration ?? []
  if (bins.length === 0) return null
  const share = (part: number) => percent(part, 0)
  const points = bins.map((bin) => ({
    probability: bin.mean_probability,
    cameTrue: bin.share_true,
    ideal: bin.mean_probability,
  }))
  const corner = (at: number) => ({ probability: at, cameTrue: null, ideal: at })
  return (
    <Plot
      title={t.models.calibration}
      detail={t.models.calibrationDetail}
      table={{
        head: [t.models.probability, t.models.cases, t.models.meanProbability, t.models.cameTrue],
        rows: bins.map((bin) => [
          `${share(bin.low)} – ${share(bin.high)}`,
          number(bin.count),
          percent(bin.mean_probability),
          percent(bin.share_true),
        ]),
      }}
    >
      <Lines
        points={[corner(0), ...points, corner(1)]}
        across="probability"
        series={[
          { name: 'cameTrue', label: t.models.cameTrue },
          { name: 'ideal', label: t.models.ideal, isGuide: true },
        ]}
        format={share}
        isShare
        isNumeric
        formatAcross={share}
      />
    </Plot>
  )
}
