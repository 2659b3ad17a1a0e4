#!/usr/bin/env python3
"""Recomputes every figure of the period from the registers, and names what differs from the metrics that were exported.

Standard library only; any Python 3.6 or later. It reads the raw columns of the registers (times, counts, limits), and no
column in which Patchseal wrote a result: not `state`, `status` or `sla_result` of exposures and claims, not
`verification_lag_s`, not `elapsed_s`.

    patchseal check --format csv-assets    -o assets.csv
    patchseal check --format csv-exposures -o exposures.csv
    patchseal check --format csv-claims    -o claims.csv
    patchseal check --format csv-runs      -o runs.csv
    patchseal check --format csv-rules     -o rules.csv
    patchseal check --format csv-changes   -o changes.csv
    patchseal check --format csv-reconciliation -o reconciliation.csv
    patchseal check --format csv           -o findings.csv
    patchseal check --format csv-metrics   -o metrics.csv      (all with the same --as-of)
    python3 recompute_metrics.py FOLDER

Exit codes: 0 every figure agrees, 1 a difference, 2 the registers cannot be read.
"""

import calendar
import csv
import os
import sys
import time

DAY = 86400
SEVERITIES = ["critical", "high", "medium", "low", "unspecified"]
COLUMNS = ["metric_id", "definition_version", "dimension", "period_start", "period_end", "numerator", "denominator",
           "excluded", "value", "unit"]


# Versions of definitions; 1 where none stands here.
VERSIONS = {"verified-within-limit": "2", "verified-within-target": "2", "claims-unverified": "2"}


class Wrong(Exception):
    """A register that cannot be used."""


def seconds(text):
    """Whole seconds of an RFC 3339 time in UTC; None of an empty cell."""
    if not text:
        return None
    if not text.endswith("Z"):
        raise Wrong("%r is no time in UTC" % text)
    return calendar.timegm(time.strptime(text[:-1].split(".")[0], "%Y-%m-%dT%H:%M:%S"))


def number(row, column):
    try:
        return int(row[column])
    except ValueError:
        raise Wrong("%s is %r, and has to be a whole number" % (column, row[column]))


def register(folder, name, columns):
    """Rows of a register; the columns that are used have to be there."""
    path = os.path.join(folder, name + ".csv")
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            missing = [column for column in columns if column not in (rows.fieldnames or [])]
            if missing:
                raise Wrong("%s has no column %s" % (path, ", ".join(missing)))
            return list(rows)
    except OSError as error:
        raise Wrong("%s: %s" % (path, error.strerror))


class Figures:
    """The figures, in the shape of the register."""

    def __init__(self, start, end):
        self.period = (start, end)
        self.rows = {}

    def put(self, metric, dimension, numerator, denominator, excluded, value, unit):
        cells = [metric, VERSIONS.get(metric, "1"), dimension, self.period[0], self.period[1], str(numerator), str(denominator), str(excluded),
                 "" if value is None else str(value), unit]
        self.rows[(metric, dimension)] = cells

    def share(self, metric, dimension, numerator, denominator, excluded):
        value = numerator * 1000 // denominator if denominator else None
        self.put(metric, dimension, numerator, denominator, excluded, value, "per-mille")

    def mean(self, metric, dimension, all, excluded):
        value = sum(all) // len(all) if all else None
        self.put(metric, dimension, sum(all), len(all), excluded, value, "seconds")

    def percentile(self, metric, dimension, all, percent, excluded):
        rank = (len(all) * percent + 99) // 100
        value = sorted(all)[rank - 1] if rank else None
        self.put(metric, dimension, rank, len(all), excluded, value, "seconds")


def coverage(figures, assets, as_of):
    fresh = now = gone = assessed = in_scope = providers = 0
    for row in assets:
        if row["responsibility"] == "customer":
            in_scope += seconds(row["in_scope_to"]) - seconds(row["first_seen"])
            assessed += number(row, "assessed_s")
        else:
            providers += 1
        if row["state"] == "gone" or row["responsibility"] != "customer":
            gone += 1
            continue
        now += 1
        scanned = seconds(row["last_scan_at"])
        fresh += scanned is not None and as_of - scanned <= number(row, "scan_max_age_s")
    figures.share("coverage-now", "all", fresh, now, gone)
    figures.share("coverage-hours", "all", assessed, in_scope, providers)


def exposures(figures, rows, as_of):
    back = verified = others = 0
    for dimension in ["all"] + SEVERITIES:
        stopped, ages, retired, due_count, in_time, not_due, exposed = [], [], 0, 0, 0, 0, 0
        for row in rows:
            if dimension not in ("all", row["severity"]):
                continue
            start = seconds(row["clock_start_at"])
            closed, gone = seconds(row["verified_closed_at"]), seconds(row["retired_at"])
            deployed, due = seconds(row["deployed_at"]), seconds(row["due_at"])
            stop = closed
            if closed is not None and deployed is not None and closed - deployed <= number(row, "verify_within_s"):
                stop = min(deployed, closed)
            if stop is not None:
                stopped.append(max(stop - start, 0))
            elif gone is not None:
                retired += 1
            else:
                ages.append(max(as_of - start, 0))
            if due is not None and gone is None and due <= as_of:
                due_count += 1
                in_time += stop is not None and stop <= due
            elif due is None or gone is not None:
                not_due += 1
            available = [seconds(row[name]) for name in ("vendor_release_at", "published_at", "first_detected_at")]
            available = [at for at in available if at is not None] or [start]
            end = closed if closed is not None else gone if gone is not None else as_of
            exposed += max(end - available[0], 0)
            if dimension == "all":
                reopened = number(row, "reopened_count") > 0
                back += reopened
                verified += closed is not None or reopened
                others += closed is None and not reopened
        name = dimension if dimension == "all" else "severity=" + dimension
        figures.share("sla-adherence", name, in_time, due_count, not_due)
        left = len(ages) + retired
        figures.mean("mttr-mean", name, stopped, left)
        for metric, percent in (("mttr-median", 50), ("mttr-p90", 90), ("mttr-p95", 95)):
            figures.percentile(metric, name, stopped, percent, left)
        figures.percentile("open-age-p90", name, ages, 90, len(stopped) + retired)
        figures.put("exposure-days", name, exposed, DAY, 0, exposed // DAY, "days")
    figures.share("reopen-rate", "all", back, verified, others)


def claims(figures, rows, as_of):
    lags, contradicted, due, decided, within, on_target = [], 0, 0, 0, 0, 0
    for row in rows:
        deployed, verified = seconds(row["deployed_at"]), seconds(row["verified_at"])
        against = row["contradicted_at"] != ""
        lag = None if verified is None else verified - deployed
        if lag is not None:
            lags.append(lag)
        contradicted += against
        endless = row["told"] == "running" and seconds(row["claimed_at"]) + number(row, "run_within_s") < as_of
        over = lag is not None or against or endless or deployed + number(row, "verify_within_s") < as_of
        if (row["told"] not in ("done", "done-reboot-needed") and not endless) or row["retired"] == "yes" or not over:
            continue
        due += 1
        decided += lag is not None or against
        within += lag is not None and lag <= number(row, "verify_within_s")
        on_target += lag is not None and lag <= number(row, "verify_target_s")
    left = len(rows) - due
    figures.share("verified-within-limit", "all", within, due, left)
    figures.share("verified-within-target", "all", on_target, due, left)
    figures.share("claims-unverified", "all", due - decided, due, left)
    both = len(lags) + contradicted
    figures.share("claims-contradicted", "all", contradicted, both, len(rows) - both)
    figures.mean("verification-lag-mean", "all", lags, len(rows) - len(lags))
    figures.percentile("verification-lag-median", "all", lags, 50, len(rows) - len(lags))
    figures.percentile("verification-lag-p90", "all", lags, 90, len(rows) - len(lags))
    # No register has the time of an attestation: the figure cannot be computed, and every claim is left out of it.
    figures.mean("attestation-lag", "all", [], len(rows))


def evidence(figures, rows, as_of):
    scopes = {}
    for row in rows:
        scope = scopes.setdefault((row["cloud"], row["account"], row["region"]), [])
        if row["observed_at"]:
            scope.append((seconds(row["observed_at"]), row["status"], number(row, "cadence_s") + number(row, "tolerance_s")))
    gaps = missed = longest = total = observed = never = oldest = never_complete = 0
    for runs in scopes.values():
        read = [run for run in runs if run[1] != "unread"]
        if not read:
            never += 1
            continue
        observed += 1
        total += as_of - read[0][0]
        for run, following in zip(read, [run[0] for run in read[1:]] + [as_of]):
            length = following - run[0]
            if length > run[2]:
                gaps += 1
                missed += length
                longest = max(longest, length)
        complete = [run[0] for run in runs if run[1] == "complete"]
        if complete:
            oldest = max(oldest, as_of - complete[-1])
        else:
            never_complete += 1
    figures.put("evidence-gaps", "all", gaps, observed, never, gaps, "count")
    figures.share("evidence-gap-share", "all", missed, total, never)
    figures.put("evidence-gap-longest", "all", longest, 1, never, longest, "seconds")
    figures.put("evidence-freshness", "all", oldest, 1, never + never_complete, oldest, "seconds")


def words(cell):
    return [word.strip() for word in cell.split(";") if word.strip()]


def begins_a_word(title, word):
    at = title.find(word)
    while at >= 0:
        if at == 0 or not title[at - 1].isalnum():
            return True
        at = title.find(word, at + 1)
    return False


def is_about_patching(row):
    """None where nobody can tell."""
    if row["patching_stated"]:
        return row["patching_stated"] == "yes"
    title, categories = row["title"].lower(), words(row["categories"])
    meant = [word.lower() for word in words(row["policy_categories"])]
    if (not title or words(row["fixes"]) or any(word.lower() in meant for word in categories)
            or any(begins_a_word(title, word) for word in words(row["policy_keywords"]))):
        return True
    return False if categories else None


def is_carried_out(row):
    if row["outcome"] == "cancelled":
        return False
    if row["deployed_at"] or row["outcome"] in ("done", "failed"):
        return True
    # Without a word and with an empty cell of a deployment, only the day on which it was closed tells that it was done.
    return row["outcome"] == "" and (row["deployed_column"] == "no" or row["closed_at"] != "")


def changes(figures, rows):
    counted = [row for row in rows if number(row, "problems") == 0 and is_about_patching(row) and is_carried_out(row)
               and row["type"]]
    emergencies = sum(row["type"] == "emergency" for row in counted)
    figures.share("emergency-change-share", "all", emergencies, len(counted), len(rows) - len(counted))


def exceptions(figures, rows):
    failures = [row for row in rows if row["verdict"] == "fail"]
    excepted = sum(row["exception_id"] != "" for row in failures)
    unknown = sum(row["verdict"] == "unknown" for row in rows)
    figures.share("exception-rate", "all", excepted, len(failures), unknown)


def reconciliation(figures, rows):
    alone = compared = unread = 0
    for row in rows:
        one, other, both = (number(row, name) for name in ("a_count", "b_count", "matched"))
        if row["unread"]:
            unread += one + other - both
        else:
            compared += one + other - both
            alone += one + other - 2 * both - number(row, "explained")
    figures.put("reconciliation-unexplained", "all", alone, compared, unread, alone if compared else None, "count")


def verdicts(figures, rows):
    count = {name: sum(number(row, name) for row in rows)
             for name in ("pass", "fail", "unknown", "inherited", "not_applicable")}
    told = count["pass"] + count["fail"] + count["unknown"]
    figures.share("not-evaluable", "all", count["unknown"], told, count["inherited"] + count["not_applicable"])


def recompute(folder):
    runs = register(folder, "runs", ["cloud", "account", "region", "observed_at", "status", "cadence_s", "tolerance_s", "as_of"])
    if not runs:
        raise Wrong("the register of runs is empty: nothing was observed")
    end = runs[0]["as_of"]
    # Times of one notation: the earliest text is not always the earliest time, so that seconds decide.
    start = min((row["observed_at"] for row in runs if row["observed_at"]), key=seconds, default="")
    as_of = seconds(end)
    figures = Figures(start, end)
    coverage(figures, register(folder, "assets", ["responsibility", "state", "first_seen", "in_scope_to", "last_scan_at",
                                                  "assessed_s", "scan_max_age_s"]), as_of)
    exposures(figures, register(folder, "exposures", ["severity", "clock_start_at", "due_at", "deployed_at", "verified_closed_at",
                                                      "retired_at", "reopened_count", "vendor_release_at", "published_at",
                                                      "first_detected_at", "verify_within_s"]), as_of)
    changes(figures, register(folder, "changes", ["title", "categories", "fixes", "patching_stated", "type", "outcome",
                                                  "deployed_at", "deployed_column", "closed_at", "problems",
                                                  "policy_categories", "policy_keywords"]))
    exceptions(figures, register(folder, "findings", ["verdict", "exception_id"]))
    reconciliation(figures, register(folder, "reconciliation", ["a_count", "b_count", "matched", "explained", "unread"]))
    claims(figures, register(folder, "claims", ["claimed_at", "deployed_at", "verified_at", "contradicted_at", "told", "retired",
                                                "verify_within_s", "verify_target_s", "run_within_s"]), as_of)
    evidence(figures, runs, as_of)
    verdicts(figures, register(folder, "rules", ["rule", "pass", "fail", "unknown", "inherited", "not_applicable"]))
    return figures.rows


def compare(own, exported):
    """Differences in words."""
    found = []
    theirs = {}
    for row in exported:
        key = (row["metric_id"], row["dimension"])
        if key in theirs:
            found.append("%s %s stands there twice" % key)
        theirs[key] = [row[column] for column in COLUMNS]
    for key in sorted(set(own) | set(theirs)):
        if key not in theirs:
            found.append("%s %s is not in the metrics: it is %s" % (key + (own[key][8] or "empty",)))
        elif key not in own:
            found.append("%s %s is no figure that this script knows" % key)
        else:
            for column, mine, other in zip(COLUMNS, own[key], theirs[key]):
                if mine != other:
                    found.append("%s %s: %s is %s in the metrics, and %s by the registers"
                                 % (key + (column, other or "empty", mine or "empty")))
    return found


def main(arguments):
    if len(arguments) != 2 or arguments[1] in ("-h", "--help"):
        print(__doc__.strip())
        return 2
    try:
        own = recompute(arguments[1])
        found = compare(own, register(arguments[1], "metrics", COLUMNS))
    except Wrong as error:
        print("error: %s" % error, file=sys.stderr)
        return 2
    for line in found:
        print(line)
    print("%d figures recomputed, %d %s" % (len(own), len(found), "difference" if len(found) == 1 else "differences"))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
