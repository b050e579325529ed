"""Three measures as one would write them by hand in the SQL of DuckDB, over ``events`` (see ``large_data``)."""

from __future__ import annotations

#: Evidence as a number: the weakest is the largest.
RANK = "CASE grade WHEN 'documented' THEN 0 WHEN 'derived' THEN 1 WHEN 'assumed' THEN 2 ELSE 3 END"
WORD = "CASE {} WHEN 0 THEN 'documented' WHEN 1 THEN 'derived' WHEN 2 THEN 'assumed' ELSE 'missing' END AS grade"
TENTH = "(quantity * 10 + 50) // 100"
LOW = f"sum(CASE WHEN qualifier IN ('about', 'nearly') THEN quantity - {TENTH} ELSE quantity END)::BIGINT AS low"
HIGH = f"sum(CASE WHEN qualifier = 'about' THEN quantity + {TENTH} ELSE quantity END)::BIGINT AS high"

MUNICIPALITY_COSTS = f"""
WITH paid AS (
    SELECT municipality, year(period_end) AS year, pool, sum(amount_nok)::BIGINT AS amount_nok, max({RANK}) AS rank
    FROM events GROUP BY ALL
), long AS (
    SELECT * FROM paid UNION ALL
    SELECT municipality, year, 'all', sum(amount_nok)::BIGINT, max(rank) FROM paid GROUP BY ALL
), totals AS (
    SELECT year, pool, sum(amount_nok)::BIGINT AS total FROM long GROUP BY ALL
), people AS (
    SELECT municipality, year, sum(persons)::BIGINT AS inhabitants FROM population GROUP BY ALL
), planned AS (
    SELECT municipality, year(period_end) AS year, 'all' AS pool, sum(amount_nok)::BIGINT AS budget_nok
    FROM budgets GROUP BY ALL HAVING count(DISTINCT budget) = 1
)
SELECT municipality, year, pool, amount_nok, inhabitants, amount_nok / nullif(inhabitants, 0) AS per_inhabitant_nok,
    amount_nok / nullif(total, 0) AS share, budget_nok, {WORD.format("rank")}
FROM long LEFT JOIN totals USING (year, pool) LEFT JOIN people USING (municipality, year)
    LEFT JOIN planned USING (municipality, year, pool)
ORDER BY year, municipality, pool
"""

COST_PER_PARTICIPANT = f"""
WITH counts AS (
    SELECT programme, year(period_end) AS year, sum(quantity)::BIGINT AS count, {LOW}, {HIGH}, max({RANK}) AS rank,
        bool_or(qualifier = 'at_least' OR quantity IS NULL) AS open, bool_or(qualifier IN ('about', 'nearly')) AS soft
    FROM events WHERE unit = 'participants' AND part_of IS NULL GROUP BY ALL HAVING count(quantity) > 0
), joined AS (
    SELECT *, open OR other_work IS NOT NULL AS limited, cost_low_nok = cost_high_nok AND NOT soft AS point
    FROM programme_costs LEFT JOIN counts USING (programme, year) WHERE programme <> 'unallocated'
)
SELECT programme, year, count, CASE WHEN NOT limited THEN cost_low_nok / nullif(high, 0) END AS low_nok,
    CASE WHEN point AND NOT limited THEN cost_low_nok / nullif(low, 0) END AS point_nok,
    cost_high_nok / nullif(low, 0) AS high_nok,
    CASE WHEN limited THEN 'at_most' WHEN point THEN 'exact' ELSE 'range' END AS bound,
    {WORD.format(f"greatest(rank, {RANK})")}
FROM joined ORDER BY year, programme
"""

GAIN = f"""
WITH counts AS (
    SELECT programme, kind, unit, year(period_end) AS year, sum(quantity)::BIGINT AS count, {LOW}, {HIGH},
        bool_or(quantity IS NULL) AS unknown, bool_or(qualifier = 'at_least') AS open
    FROM events WHERE part_of IS NULL GROUP BY ALL
), quotes AS (
    SELECT service, min(coalesce(amount_low_nok, amount_nok)) AS lowest, avg(amount_nok) AS price,
        max(coalesce(amount_high_nok, amount_nok)) AS highest
    FROM prices GROUP BY ALL
), worth AS (
    SELECT programme, year, bool_or(unknown) AS unknown, bool_or(open) AS open,
        sum(low * coalesce(service_units_low, service_units) * lowest) AS value_low_nok,
        sum(count * service_units * price) AS value_nok,
        sum(high * coalesce(service_units_high, service_units) * highest) AS value_high_nok
    FROM counts JOIN equivalents USING (programme, kind, unit) JOIN quotes USING (service) GROUP BY ALL
), known AS (
    SELECT programme, year, CASE WHEN NOT unknown THEN value_low_nok END AS value_low_nok,
        CASE WHEN NOT unknown THEN value_nok END AS value_nok,
        CASE WHEN NOT unknown AND NOT open THEN value_high_nok END AS value_high_nok
    FROM worth
), per AS ({COST_PER_PARTICIPANT})
SELECT programme, year, known.* EXCLUDE (programme, year), value_low_nok - cost_high_nok AS net_gain_low_nok,
    CASE WHEN cost_low_nok = cost_high_nok THEN value_nok - cost_low_nok END AS net_gain_nok,
    high_nok AS break_even_high_nok, bound AS break_even_bound
FROM per JOIN programme_costs USING (programme, year) LEFT JOIN known USING (programme, year)
ORDER BY year, programme
"""

SQL = {"municipality_costs": MUNICIPALITY_COSTS, "cost_per_participant": COST_PER_PARTICIPANT, "gain": GAIN}
