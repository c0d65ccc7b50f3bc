-- Leave nothing behind but the work.
DROP TABLE PRODDTA.sample_moment;
