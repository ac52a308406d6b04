-- One reserve-and-pay journey for pgbench: the two calls that the booking service sends, keyed as those of the shop, of somebody
-- who has signed in. Takes no other trips: -D first is the first of many shows with 1,000 seats each, -D i=0 counts journeys.
\set n :client_id + :clients * :i
\set i :i + 1
\set schedule :first + :n / 1000
\set seat 1 + :n % 1000
\set who :client_id + :clients * (:i % (500 / :clients))
SELECT split_part((act).location, '/', 5) AS reservation FROM (
    SELECT CASE WHEN is_known(buyer, buyer) THEN hold(
        buyer, :first::text || '-h-' || :n::text,
        '\x9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', :schedule, ARRAY[:seat]::int[], 300000)
    ELSE refused('sign-in-required') END AS act
    FROM (SELECT ('00000000-0000-4000-8000-' || lpad(:who::text, 12, '0'))::uuid AS buyer OFFSET 0) AS somebody OFFSET 0) AS once \gset
SELECT (act).* FROM (
    SELECT CASE WHEN is_known(buyer, buyer) THEN pay(
        buyer, :first::text || '-p-' || :n::text,
        '\x9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', :reservation)
    ELSE refused('sign-in-required') END AS act
    FROM (SELECT ('00000000-0000-4000-8000-' || lpad(:who::text, 12, '0'))::uuid AS buyer OFFSET 0) AS somebody OFFSET 0) AS once;
