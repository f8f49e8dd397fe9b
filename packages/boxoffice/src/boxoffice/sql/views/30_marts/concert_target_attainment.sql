-- One active concert: sales against all its targets, and against those up to its snapshot.
SELECT
    concert.performance_code,
    concert.title,
    concert.target_amount,
    concert.amount AS total_amount,
    ratio(concert.amount, concert.target_amount) AS attainment_ratio,
    concert.target_to_date_amount,
    ratio(concert.amount, concert.target_to_date_amount) AS target_to_date_ratio
FROM performance_sums AS concert
WHERE concert.is_concert AND concert.is_active
